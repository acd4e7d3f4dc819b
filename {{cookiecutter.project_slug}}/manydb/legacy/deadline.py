"""Statements that may fail, and are given so many seconds and no more, on any engine."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

SECONDS = 5.0


class TookTooLong(Exception):
    """The server was still at it when its time was over."""


@contextmanager
def within(connection: BaseDatabaseWrapper, seconds: float | None) -> Iterator[None]:
    """Ends the statement that is running ``seconds`` from now; ``None`` lets it run.

    Whatever fails, the transaction around it can go on.

    Raises:
        TookTooLong: that happened.
    """
    begun = time.monotonic()
    try:
        with ExitStack() as stack:
            if connection.vendor == "postgresql":
                # A savepoint. The other engines need none, and Aria of MariaDB has none.
                stack.enter_context(transaction.atomic(using=connection.alias))
            if seconds is not None:
                stack.enter_context(_LIMITS[connection.vendor](connection, seconds))
            yield
    except Error as error:
        if seconds is None or time.monotonic() - begun < seconds * 0.9:
            raise
        raise TookTooLong(f"no answer within {seconds:g} seconds") from error


@contextmanager
def _postgresql(connection: BaseDatabaseWrapper, seconds: float) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        (before,) = cursor.fetchone()
        change = "SELECT set_config('statement_timeout', %s, true)"
        cursor.execute(change, [f"{seconds * 1000:.0f}"])
        yield
        cursor.execute(change, [before])  # an error takes it back by itself


@contextmanager
def _mysql(connection: BaseDatabaseWrapper, seconds: float) -> Iterator[None]:
    maria = connection.mysql_is_mariadb  # type: ignore[attr-defined]
    name, unit = ("max_statement_time", 1) if maria else ("max_execution_time", 1000)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT @@SESSION.{name}")
        (before,) = cursor.fetchone()
        cursor.execute(f"SET SESSION {name} = {seconds * unit:g}")
        try:
            yield
        finally:
            cursor.execute(f"SET SESSION {name} = {before}")


@contextmanager
def _sqlite(connection: BaseDatabaseWrapper, seconds: float) -> Iterator[None]:
    deadline = time.monotonic() + seconds
    connection.ensure_connection()
    connection.connection.set_progress_handler(lambda: time.monotonic() > deadline, 100_000)
    try:
        yield
    finally:
        connection.connection.set_progress_handler(None, 0)


_LIMITS = {"postgresql": _postgresql, "mysql": _mysql, "sqlite": _sqlite}
