"""What threads share: a connection that its thread does not need until its next request."""

import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from unittest import skipUnless
from unittest.mock import patch

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite
from django.test import SimpleTestCase

from manydb.exceptions import WrongTenant
from manydb.replicas import health
from manydb.tenants.budget import IdleConnection, IdleConnections, budget
from manydb.tenants.context import tenant_context

from .small_budget import SmallBudget


class Idle(SmallBudget):
    def test_any_thread_may_take_a_connection_after_the_request(self) -> None:
        mine = self.use("A")
        self.assertIsNot(self.in_a_thread(lambda: self.use("A")), mine)  # the request is not over
        self.end_request("A")
        self.assertEqual(self.is_open(), "")
        with ThreadPoolExecutor(1) as thread:  # which leaves nothing open but idle ones
            self.assertIs(thread.submit(self.request, "A").result(), mine)
        self.assertIs(self.use("A"), mine)

    def test_the_least_recently_used_idle_one_is_closed(self) -> None:
        a, b = self.request("A"), self.request("B")
        self.request("C")
        self.assertIs(self.request("B"), b)
        self.assertIsNot(self.request("A"), a)

    def test_one_in_use_stays_with_its_thread(self) -> None:
        cursor = self.handler["A"].cursor()
        self.handler["B"].set_autocommit(False)
        self.end_request("A")
        self.assertEqual(self.is_open(), "AB")
        cursor.close()

    def test_an_idle_one_is_checked_before_it_is_used(self) -> None:
        for is_checked in (True, False):
            self.handler.settings["A"]["CONN_HEALTH_CHECKS"] = is_checked
            opened = self.request("A")
            with patch.object(type(self.handler["A"]), "is_usable", return_value=False):
                self.assertIs(self.request("A") is opened, not is_checked)
            self.assertIs(is_closed(opened), is_checked)

    def test_it_is_as_old_as_it_is_however_often_it_was_idle(self) -> None:
        self.handler.settings["A"]["CONN_MAX_AGE"] = 0.2
        opened = self.request("A")
        self.assertIs(self.request("A"), opened)
        time.sleep(0.2)
        self.assertIsNot(self.request("A"), opened)
        self.handler.close_all()
        self.handler.settings["A"]["CONN_MAX_AGE"] = 60
        ages = []
        for _ in range(2):
            self.use("A")
            ages.append(self.handler["A"].close_at)
            self.end_request("A")
        self.assertEqual(*ages)

    def test_one_that_is_idle_for_too_long_is_closed_though_it_is_not_asked_for(self) -> None:
        self.request("A")
        before = len(budget)
        for idle in budget._idle:
            idle.close_at = 0.0
        with patch.object(budget, "_look_for_old_at", 0.0):
            self.request("B")
        self.assertEqual(len(budget), before)

    def test_closing_all_closes_idle_ones(self) -> None:
        opened = self.request("A")
        self.handler.close_all()
        self.assertTrue(is_closed(opened))

    def test_one_that_may_not_outlive_its_request_is_closed(self) -> None:
        self.handler.settings["A"]["CONN_MAX_AGE"] = 0
        before = len(budget)
        self.request("A")
        self.assertEqual(len(budget), before)

    @skipUnless(hasattr(os, "fork"), "This system can't fork.")
    def test_a_forked_process_leaves_idle_ones_to_its_parent(self) -> None:
        mine = self.request("A")
        if (child := os.fork()) == 0:
            try:
                os._exit(int(self.use("A") is mine))
            finally:
                os._exit(2)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.assertIs(self.request("A"), mine)


class Reuse(SmallBudget):
    """An object is prepared once, and the session of a server connection stays as it is."""

    def setUp(self) -> None:
        super().setUp()
        self.created: list[BaseDatabaseWrapper] = []
        connection_created.connect(self.note)
        self.addCleanup(connection_created.disconnect, self.note)

    def note(self, connection: BaseDatabaseWrapper, **kwargs: object) -> None:
        self.created.append(connection)

    def test_an_object_that_has_connected_once_does_not_do_so_again(self) -> None:
        self.request("A")
        with patch.object(BaseDatabaseWrapper, "connect", side_effect=AssertionError):
            self.request("A")
        self.assertEqual(self.created, [self.handler["A"]])

    def test_one_of_another_thread_is_prepared_and_has_its_guards(self) -> None:
        def refused() -> BaseDatabaseWrapper:
            with tenant_context("testclient"), self.assertRaises(WrongTenant):
                self.use("A")
            return self.handler["A"]

        self.request("A")
        with (
            patch.object(SQLite, "get_new_connection", side_effect=AssertionError),
            patch.object(SQLite, "_set_autocommit", side_effect=AssertionError),
            patch.object(SQLite, "init_connection_state", side_effect=AssertionError),
        ):
            other = self.in_a_thread(refused)
        self.assertEqual(self.created, [self.handler["A"], other])
        self.assertIsNot(self.handler["A"], other)

    def test_it_is_prepared_anew_for_another_place(self) -> None:
        self.request("A")
        self.handler["A"].settings_dict = dict(self.handler["A"].settings_dict)
        self.request("A")
        self.assertEqual(len(self.created), 2)

    def test_one_whose_receivers_have_failed_is_closed_for_guards_are_among_them(self) -> None:
        def fail(**kwargs: object) -> None:
            raise ZeroDivisionError

        before = len(budget)
        connection_created.connect(fail)
        try:
            with self.assertRaises(ZeroDivisionError):
                self.use("A")
        finally:
            connection_created.disconnect(fail)
        self.assertEqual((self.is_open(), len(budget)), ("", before))
        self.use("A")

    def test_a_health_check_is_made_once_in_a_request(self) -> None:
        self.handler.settings["A"]["CONN_HEALTH_CHECKS"] = True
        self.request("A")
        with patch.object(type(self.handler["A"]), "is_usable", return_value=True) as asked:
            self.use("A")
            self.request("A")
            self.assertEqual(asked.call_count, 1)
            self.in_a_thread(lambda: (self.use("A"), self.request("A")))
        self.assertEqual(asked.call_count, 2)

    def test_a_replica_is_doubted_over_a_new_connection_and_not_over_an_idle_one(self) -> None:
        server = health.Server("somewhere")
        with (
            patch.object(health, "connections", self.handler),
            patch.object(server.progress, "doubt") as doubt,
        ):
            for _ in range(3):
                server._connect("A")
                self.end_request("A")
            self.assertEqual(doubt.call_count, 1)
            self.in_a_thread(lambda: server._connect("A"))
            self.assertEqual(doubt.call_count, 1)
            self.handler.close_all()
            server._connect("A")
            self.assertEqual(doubt.call_count, 2)


class Order(SimpleTestCase):
    def test_of_several_to_one_place_the_last_used_is_taken(self) -> None:
        idle, place = IdleConnections(), dict[str, object]()
        earlier, later = (IdleConnection(None, place, None, Exception) for _ in range(2))
        idle.put(earlier)
        idle.put(later)
        self.assertEqual([idle.take(place) for _ in range(3)], [later, earlier, None])

    def test_one_that_its_server_has_closed_is_closed(self) -> None:
        class Gone:
            def close(self) -> None:
                raise sqlite3.OperationalError

        IdleConnection(Gone(), {}, None, sqlite3.Error).close()


def is_closed(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return True
    return False


class Sessions(SmallBudget):
    """What one request leaves on the server is not there for the next one that gets the connection."""

    def run_sql(self, sql: str) -> None:
        with self.handler["A"].cursor() as cursor:
            cursor.execute(sql)

    def test_a_changed_session_is_not_kept(self) -> None:
        for sql in ("CREATE TEMP TABLE t (a int)", "PRAGMA cache_size = 7"):
            with self.subTest(sql):
                opened = self.use("A")
                self.run_sql(sql)
                self.end_request("A")
                self.assertTrue(is_closed(opened))
                self.assertIsNot(self.request("A"), opened)

    def test_one_that_was_changed_past_django_s_cursor_is_not_kept_either(self) -> None:
        ways = {
            "the cursor of the driver": lambda: self.handler["A"].cursor().cursor,
            "the driver's connection": lambda: self.handler["A"].connection,
            "its cursor": lambda: self.handler["A"].connection.cursor(),
        }
        for name, way in ways.items():
            with self.subTest(name):
                opened = self.use("A")
                way().execute("CREATE TEMP TABLE t (a int)")
                self.end_request("A")
                self.assertTrue(is_closed(opened))

    def test_the_driver_s_connection_is_guarded_for_each_thread_that_gets_it(self) -> None:
        opened = self.request("A")

        def change() -> None:
            self.assertIs(self.use("A"), opened)
            self.handler["A"].connection.execute("CREATE TEMP TABLE t (a int)")
            self.end_request("A")

        self.in_a_thread(change)
        self.assertTrue(is_closed(opened))
        for _ in range(2):  # and for the one that made the object before
            opened = self.request("A")
        self.assertIs(self.use("A"), opened)
        self.handler["A"].connection.execute("CREATE TEMP TABLE t (a int)")
        self.end_request("A")
        self.assertTrue(is_closed(opened))
