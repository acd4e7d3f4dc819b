"""The active tenant decides which database a tenant's model is in."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from contextvars import copy_context
from itertools import permutations

from django.db import connections, transaction
from django.test import SimpleTestCase, TestCase

from engine.site.news.models import Announcement
from engine.site.notes.models import Note
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.core.exceptions import TenantRequired, UnknownDatabase
from manydb.replicas import use_replica
from manydb.tenants.context import current_tenant, no_tenant, tenant_atomic, tenant_context
from manydb.testing import aliases_used


class TenantContext(TestCase):
    databases = {"default", "TESTCLIENT", OTHER_ALIAS}

    def test_a_tenant_reads_its_replica_and_writes_its_primary(self) -> None:
        for tenant, alias in (("testclient", "TESTCLIENT"), (OTHER_TENANT, OTHER_ALIAS)):
            with (
                self.subTest(tenant),
                tenant_context(tenant),
                use_replica(),
                aliases_used() as aliases,
            ):
                Note.objects.exists()
                Note.objects.create(text=tenant)
                self.assertEqual(Note.objects.get().text, tenant)
            self.assertEqual(aliases, [f"{alias}_RO", alias, f"{alias}_RO"])

    def test_a_new_object_is_saved_in_the_active_tenants_database(self) -> None:
        note = Note(text="Whose?")
        with tenant_context(OTHER_TENANT):
            note.save()
        self.assertEqual(note._state.db, OTHER_ALIAS)

    def test_shared_models_are_where_they_always_are(self) -> None:
        with tenant_context("testclient"):
            self.assertEqual(Announcement.objects.create(text="To all")._state.db, "default")
            self.assertEqual(Announcement.objects.all().db, "default")

    def test_its_own_database_may_be_named(self) -> None:
        with tenant_context("testclient"):
            Note.objects.using("TESTCLIENT").create(text="Ours")
            self.assertEqual(Note.objects.using("TESTCLIENT_RO").get().text, "Ours")


class OutOfOrder(SimpleTestCase):
    """Generators, callbacks and exit stacks may leave what they entered in another order."""

    databases = {"default"}

    def test_what_was_outside_comes_back_in_whatever_order_blocks_are_left(self) -> None:
        for order in permutations(range(4)):
            with self.subTest(order):
                names = ("testclient", OTHER_TENANT, "testclient", OTHER_TENANT)
                blocks = [*map(tenant_context, names)]
                blocks[2] = no_tenant()  # type: ignore[call-overload]
                with tenant_context(OTHER_TENANT):
                    for block in blocks:
                        block.__enter__()
                    left = set[int]()
                    for place in order:
                        blocks[place].__exit__(None, None, None)
                        left.add(place)
                        inside = max({*range(4)} - left, default=None)
                        expected = {None: OTHER_TENANT, 2: None}.get(inside, names[inside or 0])
                        self.assertEqual(current_tenant(), expected)
                self.assertIsNone(current_tenant())


class NoTenant(TestCase):
    databases = {"TESTCLIENT"}

    def test_a_query_asks_for_one(self) -> None:
        with self.assertRaisesRegex(TenantRequired, r"notes\.Note .* tenant_context\("):
            Note.objects.exists()

    def test_a_queryset_built_for_a_tenant_is_of_no_use_without_it(self) -> None:
        with tenant_context("testclient"):
            queryset = Note.objects.all()
        with self.assertRaises(TenantRequired):
            queryset.exists()

    def test_a_named_database_will_do(self) -> None:
        Note.objects.using("TESTCLIENT").create(text="Ours")
        self.assertTrue(Note.objects.using("TESTCLIENT_RO").exists())

    def test_an_object_knows_its_own(self) -> None:
        note = Note.objects.using("TESTCLIENT").create(text="Ours")
        note.text = "Still ours"
        note.save()
        note.refresh_from_db()
        self.assertEqual((note.text, list(note.tags.all())), ("Still ours", []))


class NestingAndLeaving(SimpleTestCase):
    databases = {"default"}  # the catalog is asked for names that TENANTS does not list

    def test_contexts_nest_and_each_restores_the_one_before(self) -> None:
        with tenant_context("testclient"):
            with tenant_context(OTHER_TENANT):
                self.assertEqual(current_tenant(), OTHER_TENANT)
            self.assertEqual(current_tenant(), "testclient")
        self.assertIsNone(current_tenant())

    def test_an_error_restores_the_one_before(self) -> None:
        with tenant_context("testclient"):
            with self.assertRaises(ZeroDivisionError), tenant_context(OTHER_TENANT):
                raise ZeroDivisionError
            self.assertEqual(current_tenant(), "testclient")
        self.assertIsNone(current_tenant())

    def test_threads_and_tasks_may_share_one(self) -> None:
        shared = tenant_context("testclient")
        tenants = ["testclient", OTHER_TENANT]
        contexts = [copy_context() for _ in tenants]
        for context, tenant in zip(contexts, tenants, strict=True):
            context.run(tenant_context(tenant).__enter__)
            context.run(shared.__enter__)
        for context in contexts:
            context.run(shared.__exit__)
        self.assertEqual([context.run(current_tenant) for context in contexts], tenants)
        with shared, tenant_context(OTHER_TENANT), shared:
            pass
        self.assertIsNone(current_tenant())

    def test_one_that_ends_in_another_context_changes_nothing_there(self) -> None:
        begun = tenant_context(OTHER_TENANT)
        copy_context().run(begun.__enter__)
        with tenant_context("testclient"):
            begun.__exit__()
            self.assertEqual(current_tenant(), "testclient")

    def test_it_decorates_a_function(self) -> None:
        self.assertEqual(tenant_context("testclient")(current_tenant)(), "testclient")
        self.assertIsNone(current_tenant())

    def test_it_decorates_an_async_function(self) -> None:
        @tenant_context("testclient")
        async def job() -> str | None:
            await asyncio.sleep(0)
            return current_tenant()

        async def two() -> list[str | None]:
            return await asyncio.gather(job(), job())

        self.assertEqual(asyncio.run(two()), ["testclient", "testclient"])
        self.assertIsNone(current_tenant())

    def test_it_decorates_generators_and_holds_within_each_step_only(self) -> None:
        seen: list[str | None] = []

        @tenant_context("testclient")
        def rows() -> Iterator[str | None]:
            try:
                yield current_tenant()
                yield current_tenant()
            finally:
                seen.append(current_tenant())

        @tenant_context("testclient")
        async def async_rows() -> AsyncIterator[str | None]:
            yield current_tenant()
            await asyncio.sleep(0)
            yield current_tenant()

        async def all_rows() -> None:
            async for row in async_rows():
                seen.extend([row, current_tenant()])

        with tenant_context(OTHER_TENANT):
            for row in rows():
                seen.extend([row, current_tenant()])
            asyncio.run(all_rows())
            left_early = rows()
            next(left_early)
            left_early.close()  # type: ignore[attr-defined]
        each = ["testclient", OTHER_TENANT]
        self.assertEqual(seen, [*each, *each, "testclient", *each, *each, "testclient"])

    def test_a_tenant_that_is_not_there_is_refused(self) -> None:
        for name in ("nobody", "TESTCLIENT", "default", "testclient_ro"):
            with (
                self.subTest(name),
                self.assertRaisesRegex(UnknownDatabase, name),
                tenant_context(name),
            ):
                self.fail("entered")
            self.assertIsNone(current_tenant())


class OnCommit(TestCase):
    databases = {"default", "TESTCLIENT"}

    def test_it_runs_with_the_tenant_that_was_active_when_it_was_asked_for(self) -> None:
        seen: list[str | None] = []

        def ask(alias: str) -> None:
            transaction.on_commit(lambda: seen.append(current_tenant()), using=alias)

        for alias in ("default", "TESTCLIENT"):
            with (
                tenant_context(OTHER_TENANT),
                self.captureOnCommitCallbacks(using=alias, execute=True),
            ):
                with tenant_context("testclient"):
                    ask(alias)
                with no_tenant():
                    ask(alias)
        self.assertEqual(seen, ["testclient", None] * 2)
        self.assertIsNone(current_tenant())

    def test_it_takes_what_django_takes(self) -> None:
        with self.assertRaisesRegex(TypeError, "must be a callable"):
            transaction.on_commit(None)  # type: ignore[arg-type]
        transaction.on_commit(current_tenant, robust=True)
        *_, (_, _, robust) = connections["default"].run_on_commit
        self.assertTrue(robust)

    def test_what_a_test_captures_equals_what_was_given(self) -> None:
        for _ in range(2):
            with tenant_context("testclient"), self.captureOnCommitCallbacks() as callbacks:
                transaction.on_commit(current_tenant)
                transaction.on_commit(self.id)
            self.assertEqual(callbacks, [current_tenant, self.id])
            self.assertEqual({*callbacks}, {current_tenant, self.id})
        self.assertEqual(callbacks[0].__name__, "current_tenant")
        self.assertEqual(callbacks[0](), "testclient")


class TenantAtomic(TestCase):
    databases = {"default", "TESTCLIENT"}

    def test_it_is_a_transaction_on_the_tenants_database(self) -> None:
        with (
            tenant_context("testclient"),
            self.assertRaises(ZeroDivisionError),
            tenant_atomic(),
        ):
            Note.objects.create(text="Ours")
            Announcement.objects.create(text="To all")
            raise ZeroDivisionError
        self.assertFalse(Note.objects.using("TESTCLIENT").exists())
        self.assertTrue(Announcement.objects.exists())

    def test_reads_inside_see_its_writes(self) -> None:
        with tenant_context("testclient"), tenant_atomic():
            Note.objects.create(text="Ours")
            self.assertEqual(Note.objects.all().db, "TESTCLIENT")

    def test_it_takes_what_atomic_takes(self) -> None:
        with tenant_context("testclient"), tenant_atomic(durable=True):
            with self.assertRaises(RuntimeError), tenant_atomic(durable=True):
                self.fail("entered")
            with suppress(ZeroDivisionError), tenant_atomic(savepoint=False):
                raise ZeroDivisionError
            self.assertTrue(transaction.get_rollback(using="TESTCLIENT"))

    def test_it_needs_a_tenant(self) -> None:
        before = len(connections["TESTCLIENT"].atomic_blocks)
        with self.assertRaisesRegex(TenantRequired, r"tenant_atomic\(\) .* tenant_context\("):
            tenant_atomic()
        self.assertEqual(len(connections["TESTCLIENT"].atomic_blocks), before)
