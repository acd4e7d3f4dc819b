"""Statements that may fail, and are given so many seconds and no more, on any engine.

No lock outlives the statement that needs it, and none is waited for longer than ``LOCK_SECONDS``. So the software
that a legacy database belongs to goes on writing, and altering its tables, while they are read.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

SECONDS = 2.0
LOCK_SECONDS = 1

# What a server, or SQLite, says where others hold a lock for longer than that.
_LOCKED = ("lock timeout", "Lock wait timeout", "is locked")


class TookTooLong(Exception):
    """The server was still at it when its time was over."""


class Locked(DatabaseError):
    """Other software held a lock on what was to be read."""


@contextmanager
def within(
    connection: BaseDatabaseWrapper, seconds: float | None, schema: str = ""
) -> Iterator[None]:
    """Ends the statement that is running ``seconds`` from now; ``None`` lets it run.

    Names without a schema are those of ``schema``, on PostgreSQL. Whatever fails, the transaction around it can
    go on.

    Raises:
        TookTooLong: that happened.
        Locked: a lock was not to be had.
    """
    begun = time.monotonic()
    try:
        with _LIMITS[connection.vendor](connection, seconds, schema):
            yield
    except Locked:
        raise
    except Error as error:
        if any(words in str(error) for words in _LOCKED):
            raise Locked(f"other software kept it locked for {LOCK_SECONDS} second") from error
        if seconds is None or time.monotonic() - begun < seconds * 0.9:
            raise
        raise TookTooLong(f"no answer within {seconds:g} seconds") from error


@contextmanager
def _postgresql(
    connection: BaseDatabaseWrapper, seconds: float | None, schema: str
) -> Iterator[None]:
    """A transaction, or a savepoint where there is one: what is set in it is gone with it.

    So it is also where a pooler hands the connection on. What is locked in it is free again, too.
    """
    wanted = {"lock_timeout": f"{LOCK_SECONDS}s"}
    if seconds is not None:
        wanted["statement_timeout"] = f"{seconds * 1000:.0f}"
    is_inner = connection.in_atomic_block
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        before = _current(cursor, [*wanted, "search_path"]) if is_inner else {}
        _set(cursor, wanted)
        if schema:
            cursor.execute("SELECT set_config('search_path', quote_ident(%s), true)", [schema])
        yield
        if before:
            _set(cursor, before)  # an error takes it back by itself


def _current(cursor: Any, names: list[str]) -> dict[str, str]:
    cursor.execute(f"SELECT {', '.join(f'current_setting({name!r})' for name in names)}")
    return dict(zip(names, cursor.fetchone(), strict=True))


def _set(cursor: Any, values: dict[str, str]) -> None:
    changes = ", ".join(f"set_config('{name}', %s, true)" for name in values)
    cursor.execute(f"SELECT {changes}", list(values.values()))


@contextmanager
def _mysql(connection: BaseDatabaseWrapper, seconds: float | None, schema: str) -> Iterator[None]:
    maria = connection.mysql_is_mariadb  # type: ignore[attr-defined]
    name, unit = ("max_statement_time", 1) if maria else ("max_execution_time", 1000)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT @@SESSION.{name}, @@SESSION.lock_wait_timeout")
        before, patience = cursor.fetchone()
        limit = before if seconds is None else f"{seconds * unit:g}"
        change = "SET SESSION {} = {}, SESSION lock_wait_timeout = {}"
        cursor.execute(change.format(name, limit, LOCK_SECONDS))
        try:
            yield
        finally:
            cursor.execute(change.format(name, before, patience))


@contextmanager
def _sqlite(connection: BaseDatabaseWrapper, seconds: float | None, schema: str) -> Iterator[None]:
    connection.ensure_connection()
    if seconds is None:
        yield
        return
    deadline = time.monotonic() + seconds
    connection.connection.set_progress_handler(lambda: time.monotonic() > deadline, 100_000)
    try:
        yield
    finally:
        connection.connection.set_progress_handler(None, 0)


_LIMITS = {"postgresql": _postgresql, "mysql": _mysql, "sqlite": _sqlite}
