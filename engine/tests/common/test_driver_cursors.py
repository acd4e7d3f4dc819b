"""Checks of statements stand around the driver's cursor: nothing passes them by, whatever stands around that."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from django.db.utils import ConnectionHandler
from django.test import SimpleTestCase, TestCase

from manydb.exceptions import PatchFailed, ReadOnlyDatabase
from manydb.patches import driver_cursors
from manydb.patches.driver_cursors import Cursors, DriverCursor, add_check, cursors_of

WRITE = "INSERT INTO note VALUES (1)"


class Recording:
    """A driver's cursor that has every way to the server, and notes what gets there."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.rows = iter([(1,), (2,)])
        self.arraysize = 1

    def execute(self, sql: str, *args: Any) -> Any:
        self.sent.append(sql)
        return self

    executemany = callproc = copy = stream = executescript = execute

    def fetchone(self) -> Any:
        return next(self.rows, None)

    def __iter__(self) -> Iterator[Any]:
        return self.rows

    def close(self) -> None:
        self.sent.append("closed")


def refuse(connection: Any, sql: object) -> None:
    raise ReadOnlyDatabase(f"{connection.alias}: {sql}")


class Ways(SimpleTestCase):
    """Of a driver that has them all."""

    def setUp(self) -> None:
        self.driver = Recording()
        self.cursors = Cursors(mock.Mock(alias="attic"))
        self.cursor = self.cursors.made(self.driver)

    def test_each_way_to_the_server_is_checked(self) -> None:
        self.cursors.checks.append(refuse)
        for way in ("execute", "executemany", "callproc", "copy", "stream", "executescript"):
            with self.subTest(way), self.assertRaisesRegex(ReadOnlyDatabase, "attic: .*INSERT"):
                getattr(self.cursor, way)(WRITE, [])
        self.assertEqual(self.driver.sent, [])

    def test_what_passes_is_sent_as_it_is_and_the_result_is_behind_the_checks_as_well(self) -> None:
        seen: list[object] = []
        self.cursors.checks.append(lambda connection, sql: seen.append(sql))
        self.assertIs(self.cursor.execute("SELECT 1"), self.cursor)
        self.assertIs(self.cursor.executemany("SELECT 2", []), self.cursor)
        self.cursor.callproc("recount", [1])
        self.assertEqual(self.driver.sent, ["SELECT 1", "SELECT 2", "recount"])
        self.assertEqual(seen, ["SELECT 1", "SELECT 2", "CALL recount"])

    def test_it_has_all_that_the_drivers_has(self) -> None:
        self.cursor.arraysize = 7
        self.assertEqual(self.driver.arraysize, 7)
        self.assertEqual(self.cursor.fetchone(), (1,))
        self.assertEqual(next(iter(self.cursor)), (2,))
        del self.cursor.arraysize
        with self.assertRaises(AttributeError):
            self.cursor.arraysize  # noqa: B018
        with self.cursor:
            pass
        self.assertEqual(self.driver.sent, ["closed"])

    def test_a_failed_statement_may_have_run_elsewhere(self) -> None:
        primary = Recording()
        elsewhere = Cursors(mock.Mock(alias="primary")).made(primary)
        failed = mock.Mock(side_effect=OSError("gone"))
        self.driver.execute = failed  # type: ignore[method-assign]
        with self.assertRaises(OSError):
            self.cursor.execute("SELECT 1")
        self.cursors.recovery = lambda cursor, sql, params, many, error: None
        with self.assertRaises(OSError):
            self.cursor.execute("SELECT 1")
        self.cursors.recovery = lambda *given: (elsewhere, elsewhere.execute(given[1]))
        self.assertIs(self.cursor.execute("SELECT 1", [3]), self.cursor)
        self.assertEqual(self.cursor.fetchone(), (1,))
        self.cursor.close()
        self.assertEqual(primary.sent, ["SELECT 1", "closed"])


class OnADatabase(TestCase):
    def setUp(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(folder) / "attic"}
        marks = {"ROLE": "shared", "TENANT": None, "READ_ONLY": True}
        settings = ConnectionHandler({"default": entry | marks}).settings["default"]
        self.connection = DatabaseWrapper(settings, "attic")
        self.addCleanup(self.connection.close)

    def test_whatever_stands_around_the_cursor(self) -> None:
        ways: dict[str, Callable[[Any], Any]] = {
            "Django's": lambda cursor: cursor,
            "the driver's": lambda cursor: cursor.cursor,
            "what the driver's execute gives": lambda cursor: cursor.execute("SELECT 1"),
            "an instrument's": lambda cursor: CursorWrapper(cursor.cursor, self.connection),
            "a debugging one": lambda cursor: CursorDebugWrapper(cursor.cursor, self.connection),
        }
        for name, make in ways.items():
            with self.subTest(name), self.assertRaisesRegex(ReadOnlyDatabase, "attic is read-only"):
                make(self.connection.cursor()).execute("CREATE TABLE note (id integer)")
        self.assertEqual(self.connection.introspection.table_names(), [])

    def test_an_execute_wrapper_that_changes_the_statement_is_checked_as_well(self) -> None:
        def write(execute: Callable[..., Any], *statement: Any) -> Any:
            return execute("CREATE TABLE note (id integer)", *statement[1:])

        with (
            self.connection.execute_wrapper(write),
            self.connection.cursor() as cursor,
            self.assertRaises(ReadOnlyDatabase),
        ):
            cursor.execute("SELECT 1")

    def test_a_check_is_made_once_however_often_it_is_asked_for(self) -> None:
        check = mock.Mock()
        for _ in range(2):
            add_check(self.connection, check)
            self.connection.close()
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        self.assertEqual(check.call_count, 2)

    def test_the_drivers_error_is_django_s(self) -> None:
        with (
            self.connection.cursor() as cursor,
            self.assertRaises(OperationalError) as raised,
        ):
            cursor.execute("SELECT * FROM missing")
        self.assertIsInstance(raised.exception.__cause__, sqlite3.OperationalError)


class Refusal(SimpleTestCase):
    """A Django whose cursors come from elsewhere would pass all checks by: it is refused at the start."""

    def test_this_django_fits(self) -> None:
        driver_cursors.PATCH.verify()

    def test_one_that_makes_cursors_in_another_way_is_refused(self) -> None:
        def cursor(connection: BaseDatabaseWrapper) -> CursorWrapper:
            return connection.make_cursor(object())

        for name, other in {"cursor": cursor, "chunked_cursor": cursor}.items():
            with (
                self.subTest(name),
                mock.patch.object(BaseDatabaseWrapper, name, other),
                self.assertRaisesRegex(PatchFailed, rf"driver_cursors.*{name}\(\)"),
            ):
                driver_cursors.PATCH.verify()

    def test_one_whose_create_cursor_is_gone_is_refused(self) -> None:
        with self.without_create_cursor(), self.assertRaisesRegex(PatchFailed, "create_cursor"):
            driver_cursors.PATCH.verify()

    def test_a_backend_without_create_cursor_does_not_open(self) -> None:
        with self.assertRaises(AttributeError):
            cursors_of(mock.Mock(spec=["alias"]))

    @contextmanager
    def without_create_cursor(self) -> Iterator[None]:
        kept = BaseDatabaseWrapper.create_cursor
        del BaseDatabaseWrapper.create_cursor
        try:
            yield
        finally:
            BaseDatabaseWrapper.create_cursor = kept  # type: ignore[method-assign]

    def test_a_cursor_behind_checks_says_so(self) -> None:
        self.assertIsInstance(Cursors(mock.Mock()).made(Recording()), DriverCursor)
