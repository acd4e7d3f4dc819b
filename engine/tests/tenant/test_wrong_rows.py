"""Rows that were begun for one tenant are not read on by another, whatever hands them out."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import skipIf
from unittest.mock import patch

from asgiref.sync import async_to_sync
from django.core.signals import request_finished, request_started
from django.db import connection, connections
from django.http import StreamingHttpResponse
from django.test import TransactionTestCase

from engine.site.notes.models import Folder, Note
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.core.exceptions import WrongTenant
from manydb.tenants.context import no_tenant, tenant_context

from .two_tenants import WrongTenantCase

SQL = "SELECT * FROM notes_note ORDER BY id"
Ways = dict[str, Callable[[], Iterator[Any]]]


def executed(alias: str = OTHER_ALIAS) -> Any:
    cursor = connections[alias].cursor()
    cursor.execute(SQL)
    return cursor


def by_ones(cursor: Any) -> Iterator[Any]:
    return iter(lambda: cursor.fetchmany(1), [])


class RowsOfAnotherTenant(WrongTenantCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with tenant_context(OTHER_TENANT):
            Note.objects.bulk_create([Note(text=f"Their {number}") for number in range(3)])

    # What yields rows, each time or by chunks.
    ways: Ways = {
        "for": lambda: iter(Note.objects.all()),
        "iterator": lambda: Note.objects.iterator(),
        "iterator by chunks": lambda: Note.objects.iterator(chunk_size=1),
        "iterator with prefetched": lambda: Note.objects.prefetch_related("tags").iterator(10),
        "values": lambda: iter(Note.objects.values("text")),
        "values_list": lambda: Note.objects.values_list("text", flat=True).iterator(),
        "dates": lambda: iter(Note.objects.values_list("pk", "text").distinct()),
        "raw": lambda: iter(Note.objects.raw(SQL)),
        "raw iterator": lambda: Note.objects.raw(SQL).iterator(),
        "raw of a database": lambda: Note.objects.raw(SQL).using(OTHER_ALIAS).iterator(),
        "raw with prefetched": lambda: iter(Note.objects.raw(SQL).prefetch_related("tags")),
        "base manager": lambda: Note._base_manager.iterator(),
        "base manager, raw": lambda: Note._base_manager.raw(SQL).iterator(),
        "of a relation": lambda: Folder.objects.get().notes.iterator(),
        "cursor": lambda: iter(executed()),
        "cursor of the driver": lambda: iter(executed().cursor),
        "fetchone": lambda: iter(executed().fetchone, None),
        "fetchmany": lambda: by_ones(executed()),
        "of the driver's connection": lambda: iter(of_the_session()),
    }

    def test_what_was_begun_for_one_is_not_continued_by_another(self) -> None:
        for name, begin in self.ways.items():
            with self.subTest(name):
                with tenant_context(OTHER_TENANT):
                    rows = begin()
                    next(rows)
                self.assert_refused(lambda: next(rows))  # noqa: B023

    def test_nor_begun_by_another_when_it_was_only_made_for_one(self) -> None:
        for name, begin in self.ways.items():
            with self.subTest(name):
                with tenant_context(OTHER_TENANT):
                    rows = begin()
                self.assert_refused(lambda: next(rows))  # noqa: B023

    def test_the_tenant_of_a_named_database_counts_where_none_was_active(self) -> None:
        with no_tenant():
            begun = [
                Note.objects.using(OTHER_ALIAS).iterator(),
                iter(Note.objects.using(OTHER_ALIAS)),
                Note.objects.db_manager(OTHER_ALIAS).iterator(),
                Note.objects.db_manager(OTHER_ALIAS).raw(SQL).iterator(),
                iter(executed()),
            ]
            for rows in begun:
                next(rows)
        for rows in begun:
            self.assert_refused(lambda: next(rows))  # noqa: B023

    def test_it_goes_on_for_its_own_tenant_and_for_none(self) -> None:
        for name, begin in self.ways.items():
            with self.subTest(name):
                with tenant_context(OTHER_TENANT):
                    rows = begin()
                    next(rows)
                next(rows, None)
                with tenant_context(OTHER_TENANT):
                    next(rows, None)

    def test_fetching_all_that_is_left_is_refused(self) -> None:
        for name, fetch in {
            "fetchall": lambda cursor: cursor.fetchall(),
            "fetchall of the driver's": lambda cursor: cursor.cursor.fetchall(),
            "list": list,
            "next": lambda cursor: next(cursor.cursor),
        }.items():
            with self.subTest(name), tenant_context(OTHER_TENANT):
                cursor = executed()
            with self.subTest(name):
                self.assert_refused(lambda: fetch(cursor))  # noqa: B023

    def test_the_rows_of_a_fetched_raw_queryset_stay_with_its_tenant(self) -> None:
        with tenant_context(OTHER_TENANT):
            fetched = Note.objects.raw(SQL)
            self.assertEqual(len(fetched), 4)
        for name, use in {
            "list": lambda: list(fetched),
            "len": lambda: len(fetched),
            "bool": lambda: bool(fetched),
            "item": lambda: fetched[0],
            "of the other database": lambda: list(fetched.using(OTHER_ALIAS)),
        }.items():
            with self.subTest(name):
                self.assert_refused(use)

    def test_a_lazy_raw_queryset_runs_where_it_was_made(self) -> None:
        with tenant_context(OTHER_TENANT):
            lazy = Note.objects.raw(SQL)
        self.assert_refused(lambda: list(lazy))
        with tenant_context(OTHER_TENANT):
            self.assertEqual(len(list(lazy)), 4)

    def test_a_stream_that_another_tenant_s_response_took_over_is_refused(self) -> None:
        with tenant_context(OTHER_TENANT):
            begun = Note.objects.values_list("text", flat=True).iterator()
            next(begun)
        with tenant_context("testclient"), self.assertRaises(WrongTenant):
            b"".join(StreamingHttpResponse(begun))

    def test_asynchronous_rows_as_well(self) -> None:
        ways: dict[str, Callable[[], AsyncIterator[Any]]] = {
            "async for": lambda: aiter(Note.objects.all()),
            "aiterator": lambda: Note.objects.aiterator(),
            "aiterator of values": lambda: Note.objects.values("text").aiterator(),
            "raw": lambda: aiter(Note.objects.raw(SQL)),
        }

        async def continued(begin: Callable[[], AsyncIterator[Any]]) -> None:
            with tenant_context(OTHER_TENANT):
                rows = begin()
                await anext(rows)
            with tenant_context("testclient"), self.assertRaisesRegex(WrongTenant, OTHER_TENANT):
                await anext(rows)

        for name, begin in ways.items():
            with self.subTest(name):
                async_to_sync(continued)(begin)

    def test_an_iterator_that_is_left_closes_its_cursor(self) -> None:
        with tenant_context(OTHER_TENANT):
            rows = Note.objects.iterator(chunk_size=1)
            next(rows)
            rows.close()  # type: ignore[attr-defined]
            self.assertEqual(list(connections[OTHER_ALIAS].driver_cursors.open), [])


def of_the_session() -> Any:
    cursor = connections[OTHER_ALIAS].connection.cursor()
    cursor.execute(SQL)
    return cursor


class TheDriversConnection(WrongTenantCase):
    """``connections[alias].connection`` is the driver's own, and its ways to the server are guarded as well."""

    def test_its_cursor_is_refused_while_another_tenant_is_active(self) -> None:
        session = connections[OTHER_ALIAS].connection
        ways: dict[str, Callable[[], object]] = {
            "execute": lambda: session.cursor().execute(SQL),
            "executemany": lambda: session.cursor().executemany(SQL, []),
            "a cursor that knows its connection": lambda: (
                executed(OTHER_ALIAS).cursor.connection.cursor().execute(SQL)
            ),
        }
        if hasattr(session, "execute"):  # psycopg's and sqlite3's
            ways["connection"] = lambda: session.execute(SQL)
        if hasattr(session, "query"):  # mysqlclient's
            ways["query"] = lambda: session.query(SQL)
            ways["query in bytes"] = lambda: session.query(SQL.encode())
            ways["select_db"] = lambda: session.select_db("mysql")
        for name, way in ways.items():
            with self.subTest(name):
                self.assert_refused(way)

    def test_it_works_for_its_own_tenant(self) -> None:
        with tenant_context(OTHER_TENANT):
            self.assertEqual(len(of_the_session().fetchall()), 1)
            self.assertTrue(connections[OTHER_ALIAS].is_usable())

    def test_its_health_is_asked_whichever_tenant_is_active(self) -> None:
        with tenant_context("testclient"):
            self.assertTrue(connections[OTHER_ALIAS].is_usable())


LEFT = {  # by vendor: what a request may leave in its session, and how the next one would see it
    "postgresql": [
        ("SET search_path TO pg_catalog", "SHOW search_path"),
        ("SELECT set_config('search_path', 'pg_catalog', false)", "SHOW search_path"),
        ("SET SESSION statement_timeout = 1234", "SHOW statement_timeout"),
        ("DO $$ BEGIN EXECUTE 'SET search_path TO pg_catalog'; END $$", "SHOW search_path"),
        ("CREATE TEMP TABLE left_over (a int)", "SELECT to_regclass('left_over')"),
        (
            "SELECT pg_advisory_lock(4711)",
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
        ),
    ],
    "mysql": [
        ("USE information_schema", "SELECT DATABASE()"),
        ("SET SESSION sql_mode = ''", "SELECT @@sql_mode"),
        ("SET @left = 1", "SELECT @left"),
        ("SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SELECT @@tx_isolation"),
        ("SELECT GET_LOCK('left', 0)", "SELECT IS_USED_LOCK('left')"),
        ("CREATE TEMPORARY TABLE left_over (a int)", "SELECT COUNT(*) FROM left_over"),
    ],
}


@skipIf(connection.vendor == "sqlite", "SQLite's idle connections: test_idle_connections")
class SessionsOnAServer(TransactionTestCase):
    databases = {"default", "TESTCLIENT"}

    def setUp(self) -> None:
        connections.close_all()
        self.enterContext(patch.dict(connections.settings["TESTCLIENT"], CONN_MAX_AGE=60))
        self.addCleanup(connections.close_all)

    @contextmanager
    def request(self) -> Iterator[Any]:
        request_started.send(None)
        with connections["TESTCLIENT"].cursor() as cursor:
            yield cursor
        request_finished.send(None)

    def seen(self, look: str) -> tuple[object, object]:
        """What a request sees, and which session of the driver it has."""
        with self.request() as cursor:
            session = connections["TESTCLIENT"].connection
            try:
                cursor.execute(look)
            except Exception as error:  # such as of a table that is not there
                return type(error), session
            return cursor.fetchone(), session

    def test_a_request_s_session_is_as_the_one_before_found_it(self) -> None:
        for leave, look in LEFT[connection.vendor]:
            with self.subTest(leave):
                session = self.seen("SELECT 1")[1]
                self.assertIs(self.seen("SELECT 1")[1], session)  # kept where nothing is changed
                before = self.seen(look)[0]
                with self.request() as cursor:
                    cursor.execute(leave)
                self.assertEqual(self.seen(look)[0], before)
                for way in ("cursor", "connection"):
                    with self.request() as cursor:
                        own = cursor.cursor if way == "cursor" else connections["TESTCLIENT"]
                        run = own if way == "cursor" else own.connection.cursor()
                        run.execute(leave)
                    self.assertEqual(self.seen(look)[0], before)
