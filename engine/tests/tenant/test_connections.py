"""The budget of open connections: what is closed for another, and what never is."""

import asyncio
import gc
import time
from collections.abc import Callable
from threading import Thread
from typing import Any
from unittest.mock import patch

from django.core.signals import request_finished
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.test import TestCase, override_settings
from django.utils.connection import ConnectionDoesNotExist

from manydb.core.exceptions import NoFreeConnection
from manydb.tenants import budget as budgets
from manydb.tenants.budget import budget
from manydb.tenants.models import Tenant

from .small_budget import SmallBudget

ROWS = "SELECT 1 UNION SELECT 2 UNION SELECT 3"


def wrap_cursor(connection: BaseDatabaseWrapper) -> None:
    """As the SQL panel of django-debug-toolbar does (8.0.0, panels/sql/tracking.py)."""
    djangos = connection.cursor

    def cursor(*args: Any, **kwargs: Any) -> CursorWrapper:
        opened = djangos(*args, **kwargs)
        return type("DjDTCursorWrapper", (opened.__class__,), {})(opened.cursor, connection)

    connection.cursor = cursor  # type: ignore[method-assign]


class Budget(SmallBudget):
    def test_the_least_recently_used_one_is_closed(self) -> None:
        for alias in "ABAC":
            self.use(alias)
        self.assertEqual(self.is_open(), "AC")
        self.use("B")  # what was closed opens again at its next use
        self.assertEqual(self.is_open(), "BC")

    def test_it_is_closed_in_whichever_thread_it_lives(self) -> None:
        self.use("A")
        self.use("B")
        self.in_a_thread(lambda: self.use("C"))
        self.assertEqual(self.is_open(), "B")
        self.assertFalse(self.handler["A"].allow_thread_sharing)

    def test_one_in_use_is_never_closed(self) -> None:
        cursor = self.handler["A"].cursor()
        cursor.execute("SELECT 1")
        self.handler["B"].set_autocommit(False)
        with self.assertRaisesRegex(NoFreeConnection, "C can't be opened: all .* are in use"):
            self.use("C")
        asked = time.monotonic()
        with self.assertRaises(NoFreeConnection):
            self.in_a_thread(lambda: self.use("C"))
        self.assertLess(time.monotonic() - asked, 1)  # it refuses, and does not wait
        self.assertEqual((cursor.fetchone(), self.is_open()), ((1,), "AB"))
        cursor.close()
        self.use("C")
        self.assertEqual(self.is_open(), "BC")
        self.handler["B"].set_autocommit(True)

    def test_one_being_read_from_is_never_closed_whichever_object_stands_around_the_cursor(
        self,
    ) -> None:
        """Django's wrapper may be dropped: django-debug-toolbar puts one of its own around the driver's cursor."""

        def replaced() -> Callable[[], Any]:
            connection = self.handler["A"]
            wrap_cursor(connection)
            return connection.cursor().execute(ROWS).fetchone

        def replaced_in_between() -> Callable[[], Any]:
            cursor = self.handler["A"].cursor()
            cursor.execute(ROWS)
            return CursorWrapper(cursor.cursor, self.handler["A"]).fetchone

        def driver_s() -> Callable[[], Any]:
            cursor = self.handler["A"].cursor().cursor
            cursor.execute(ROWS)
            return cursor.fetchone

        def iterated() -> Callable[[], Any]:
            cursor = self.handler["A"].cursor()
            cursor.execute(ROWS)
            return iter(cursor).__next__

        def by_its_method() -> Callable[[], Any]:
            return self.handler["A"].cursor().execute(ROWS).fetchone

        self.handler["B"].set_autocommit(False)
        for way in (replaced, replaced_in_between, driver_s, iterated, by_its_method):
            with self.subTest(way.__name__):
                fetch = way()
                self.assertEqual(fetch(), (1,))
                for ask in (self.use, lambda alias: self.in_a_thread(lambda: self.use(alias))):
                    with self.assertRaises(NoFreeConnection):
                        ask("C")
                self.assertEqual(fetch(), (2,))
                del fetch
                gc.collect()
                self.use("C")  # what can't be read from any more is not in use
                self.assertEqual(self.is_open(), "BC")
        self.handler["B"].set_autocommit(True)

    @override_settings(TENANT_CONNECTIONS_WHEN_BUSY="wait", TENANT_CONNECTIONS_WAIT=30)
    @patch.object(budgets, "_LOOK_AGAIN", 30)
    def test_who_finds_all_in_use_waits_and_is_told_when_one_is_free(self) -> None:
        a, b = (self.handler[alias] for alias in "AB")
        cursor = a.cursor()
        self.use("B")
        for busy, free in {
            "a cursor": (b.cursor, lambda cursor: cursor.close()),
            "a transaction": (lambda: b.set_autocommit(False), lambda _: b.set_autocommit(True)),
            "a connection": (lambda: b.set_autocommit(False), lambda _: b.close()),
        }.values():
            b.ensure_connection()
            begun = busy()
            thread = Thread(target=self.in_a_thread, args=[lambda: self.use("C")])
            thread.start()
            thread.join(0.1)
            self.assertTrue(thread.is_alive())
            free(begun)
            thread.join(10)
            self.assertFalse(thread.is_alive())
        cursor.close()

    @override_settings(TENANT_CONNECTIONS=None)
    def test_none_is_no_limit(self) -> None:
        for alias in "ABC":
            self.use(alias)
        self.assertEqual(self.is_open(), "ABC")

    def test_one_that_can_not_be_opened_takes_no_place(self) -> None:
        before = len(budget)
        self.handler.settings["A"]["NAME"] = "/no/such/folder/file"
        with self.assertRaises(OperationalError):
            self.use("A")
        self.assertEqual(len(budget), before)

    def test_a_database_in_memory_would_be_lost_and_stays(self) -> None:
        self.handler.settings["A"]["NAME"] = ":memory:"
        self.addCleanup(lambda: budget.leave(self.handler["A"]))
        self.addCleanup(lambda: self.handler["A"].connection.close())
        for alias in "ABC":
            self.use(alias)
        self.assertEqual(self.is_open(), "AC")


class Objects(TestCase):
    """What a thread has of tenants that no setting lists: objects of connections, open or not."""

    def setUp(self) -> None:
        for name in ("newcomer", "latest"):
            Tenant.objects.create(name=name, database=name, state="ready")

    @patch("manydb.tenants.connections.KEPT", 1)
    def test_those_of_closed_ones_go_with_the_request_but_for_the_newest(self) -> None:
        listed, newcomer = connections["TESTCLIENT"], connections["NEWCOMER"]
        latest = connections["LATEST"]
        self.addCleanup(connections.__delitem__, "LATEST")
        self.assertIn(newcomer, connections.all(initialized_only=True))
        request_finished.send(type(self))
        self.assertNotIn(newcomer, connections.all(initialized_only=True))
        self.assertIs(connections["LATEST"], latest)
        self.assertIs(connections["TESTCLIENT"], listed)

    async def test_in_an_event_loop_each_task_has_its_own(self) -> None:
        async def task() -> list[BaseDatabaseWrapper]:
            mine = connections["TESTCLIENT"]
            self.assertIn(mine, connections.all(initialized_only=True))
            return [mine]

        (theirs,) = await asyncio.create_task(task())
        self.assertNotIn(theirs, connections.all(initialized_only=True))

    def test_there_is_none_of_nobody(self) -> None:
        with self.assertRaises(ConnectionDoesNotExist):
            connections["NOBODY"]
