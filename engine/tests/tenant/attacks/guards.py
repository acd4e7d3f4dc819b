"""Each guard, how it is taken out, and rows that hold by it: without it they don't."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from django.db import connection, connections
from django.test import override_settings

from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.core import admin_log
from manydb.core.ownership import ownership
from manydb.core.querysets import RowsOfOneTenant, TenantManager, TenantQuery, TenantQuerySet
from manydb.patches import driver_cursors
from manydb.tenants import catalog, cookie_sessions, envelope, guard, middleware, sessions, storage
from manydb.tenants.cache_keys import shared_key

TakeOut = Callable[[], AbstractContextManager[object]]


def allow(*args: object, **kwargs: object) -> None:
    """Lets all pass."""


def _without(owner: Any, name: str, instead: Any = allow) -> TakeOut:
    return lambda: patch.object(owner, name, instead)


@contextmanager
def _without_check(check: object) -> Iterator[None]:
    """Without a check of statements, or of rows, on the connections to their database."""
    for alias in (OTHER_ALIAS, f"{OTHER_ALIAS}_RO"):
        connections[alias].ensure_connection()
    cursors = [
        driver_cursors.cursors_of(connections[alias])
        for alias in (OTHER_ALIAS, f"{OTHER_ALIAS}_RO")
    ]
    before = [(each.checks, each.rows_check) for each in cursors]
    for each in cursors:
        each.checks = [kept for kept in each.checks if kept is not check]
        each.rows_check = None if each.rows_check is check else each.rows_check
    try:
        yield
    finally:
        for each, (checks, rows_check) in zip(cursors, before, strict=True):
            each.checks, each.rows_check = checks, rows_check


@contextmanager
def _without_objects() -> Iterator[None]:
    """Objects are not asked whose they are."""
    with (
        patch.object(guard, "refuse_object", allow),
        patch.object(type(ownership()), "refuse_object", staticmethod(allow)),
        patch.object(type(ownership()), "of_object", staticmethod(allow)),
    ):
        yield


@contextmanager
def _without_cache_keys() -> Iterator[None]:
    from django.core.cache import cache

    with patch.object(cache, "key_func", shared_key):
        yield


def _opened_plainly(self: Any, *args: Any, **kwargs: Any) -> Any:
    return self.open(*args, **kwargs)


def _unchecked(self: Any, way: str, sql: Any) -> Any:
    return getattr(self._checked, way)


def _joined(name: str) -> str:
    return f"{storage.current_identity()}/{name}"


def _their_identity() -> str:
    return str(catalog.owner_of(OTHER_TENANT))


def _no_history(self: Any) -> str:
    return f"{_their_identity()}:"


def _query_for_any(self: Any, alias: str) -> None:
    """The database that a query runs on is not compared with its tenant."""


def _row_of_the_name(uuid: str) -> Any:
    return catalog.find("newcomer")


GUARDS: dict[str, tuple[TakeOut, list[str]]] = {
    "the tenant of a queryset": (
        _without(TenantQuery, "run_on", _query_for_any),
        [
            "queryset: list",
            "queryset: count",
            "queryset: update",
            "queryset: delete",
            "queryset: acount",
            "queryset: pickled",
            "by Django's own manager",
        ],
    ),
    "what becomes part of a queryset": (
        _without(TenantQuery, "take_in"),
        [
            "their queryset in ours: |",
            "their queryset in ours: &",
            "object: filter",
            "object: Case",
            "object: update with it",
        ],
    ),
    "what a relation belongs to": (
        _without(TenantManager, "begin_relation"),
        ["object: filter by its tags"],
    ),
    "what a relation is given": (
        _without(TenantManager, "refuse_related"),
        ["object: set to it", "object: remove it"],
    ),
    "rows of a fetched queryset": (
        _without(RowsOfOneTenant, "_refuse_for"),
        ["fetched queryset: list", "fetched queryset: len", "fetched raw queryset: list"],
    ),
    "rows that are handed out": (
        _without(RowsOfOneTenant, "each_row", lambda self, rows: rows),
        ["begun: for", "begun: values", "begun: iterator"],
    ),
    "rows that are awaited": (
        _without(RowsOfOneTenant, "each_row_async", lambda self, rows: rows),
        ["begun: async for, async", "begun: raw, async"],
    ),
    "objects": (
        _without_objects,
        [
            "object: delete in our database",
            "object: refresh from our database",
            "object: contains",
            "object: assign its folder",
            "made for them: save",
            "made of values: save",
            "deserialized: save",
        ],
    ),
    "rows before they are written": (
        lambda: patch.object(type(ownership()), "refuse_row", staticmethod(allow)),
        [
            "object: save in our database",
            "object: save without the model's own",
            "deserialized: save in our database",
        ],
    ),
    "objects of one query": (
        _without(TenantQuerySet, "_own_rows", lambda self, objs: list(objs)),
        ["made for them: bulk_create", "object: bulk_update"],
    ),
    "statements": (
        lambda: _without_check(guard.refuse_statement),
        [
            "cursor: execute",
            "cursor: execute a change",
            "cursor: executemany",
            "the driver's cursor: execute a change",
            "the driver's connection: cursor",
            "their database by name: cursor",
            "their database by name: cursor of a replica",
            "their database by name: atomic, a change",
        ],
    ),
    "rows of a cursor": (
        lambda: _without_check(guard.refuse_rows),
        [
            "cursor: fetchone",
            "cursor: fetchmany",
            "cursor: for",
            "cursor: the driver's: next",
            "the driver's cursor: fetchall",
        ],
    ),
    "the driver's connection": (
        _without(driver_cursors._SessionCursors, "__call__", _opened_plainly),
        ["the driver's cursor: fetchall"],
    ),
    "a cursor's other ways": (
        _without(driver_cursors.DriverCursor, "_checked_way", _unchecked),
        {
            "postgresql": ["cursor: COPY in"],
            "sqlite": [],  # executescript() commits what was begun before
            "mysql": [],
        }[connection.vendor],
    ),
    "keys of caches": (
        _without_cache_keys,
        ["their cached value: get", "their cached value: delete", "their cached value: aget"],
    ),
    "marks of sessions": (
        _without(sessions, "is_marked", lambda *given: True),
        ["their session in the database", "their session in files"],
    ),
    "marks of sessions in cookies": (
        _without(cookie_sessions, "is_marked", lambda *given: True),
        ["their session in signed cookies"],
    ),
    "folders of files": (
        _without(storage, "current_identity", lambda: "all"),
        ["their stored file: open", "their stored file: exists"],
    ),
    "names of files": (
        _without(storage, "_inside", _joined),
        ["their stored file: deleted there", "their stored file: its address"],
    ),
    "addresses of files": (
        _without(storage, "current_identity", _their_identity),
        ["a file: its address"],
    ),
    "signatures of messages": (
        _without(envelope, "_is_ours", lambda envelope: True),
        ["a message: without a signature", "a message: their UUID, our signature"],
    ),
    "UUIDs of messages": (
        _without(envelope, "find_by_uuid", _row_of_the_name),
        ["a message of one that was dropped"],
    ),
    "states of tenants": (
        _without(middleware, "admit", allow),
        ["a tenant that is suspended", "a tenant that is being made"],
    ),
    "states of tenants in workers": (
        _without(envelope, "state_of", lambda record: "ready"),
        ["a message of one that is suspended"],
    ),
    "origins of forms": (
        lambda: override_settings(CSRF_TRUSTED_ORIGINS=["http://*.testserver"]),
        ["a page of theirs posts to ours"],
    ),
    "the admin's log": (
        _without(admin_log.LogOfOneTenant, "_mark", _no_history),
        ["the history of their object"],
    ),
}
