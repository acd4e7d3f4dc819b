"""``use_primary()``: for code that must see every write, whoever made it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from manydb.replicas import must_read_primary, use_primary

from .case import RoutedCase


class UsePrimary(RoutedCase):
    def reads(self) -> str:
        return self.model.objects.all().db

    def test_reads_go_to_the_primary_inside_and_to_the_replica_outside(self) -> None:
        self.assertEqual(self.reads(), self.replica)
        with use_primary():
            self.assertEqual(self.reads(), self.primary)
        self.assertEqual(self.reads(), self.replica)

    def test_it_nests(self) -> None:
        with use_primary():
            with use_primary():
                self.assertEqual(self.reads(), self.primary)
            self.assertEqual(self.reads(), self.primary)
        self.assertEqual(self.reads(), self.replica)

    def test_an_error_restores_what_was_before(self) -> None:
        with self.assertRaises(ZeroDivisionError), use_primary():
            raise ZeroDivisionError
        self.assertEqual(self.reads(), self.replica)

    def test_it_decorates_a_function(self) -> None:
        self.assertEqual(use_primary()(self.reads)(), self.primary)
        self.assertEqual(self.reads(), self.replica)

    def test_a_queryset_made_before_follows_it(self) -> None:
        queryset = self.model.objects.all()
        with use_primary():
            self.assertEqual(queryset.db, self.primary)

    def test_each_thread_has_its_own(self) -> None:
        with use_primary(), ThreadPoolExecutor(1) as pool:
            self.assertFalse(pool.submit(must_read_primary, self.primary).result())
        self.assertEqual(self.reads(), self.replica)

    async def test_tasks_at_the_same_time_do_not_mix(self) -> None:
        inside, outside = asyncio.Event(), asyncio.Event()

        @use_primary()
        async def one() -> bool:
            inside.set()
            await outside.wait()
            return must_read_primary(self.primary)

        async def other() -> bool:
            await inside.wait()
            found = must_read_primary(self.primary)
            outside.set()
            return found

        self.assertEqual(await asyncio.gather(one(), other()), [True, False])
