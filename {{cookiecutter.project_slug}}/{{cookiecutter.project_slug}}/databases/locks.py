"""Locks that exclude other processes, on whatever machine they run: they live in ``default``'s database.

The session holds a lock, not a transaction, so it goes past the pooler; when the process dies, the
server ends the session and the lock is free.
"""

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

from .aliases import PREFIX
from .direct import past_the_pooler

_ASK = {
    "postgresql": "SELECT pg_try_advisory_lock(%s)",
    "mysql": "SELECT GET_LOCK(%s, 0)",
}
_FREE = {
    "postgresql": "SELECT pg_advisory_unlock(%s)",
    "mysql": "SELECT RELEASE_LOCK(%s)",
}
_PAUSE = 0.05  # seconds between two questions


class Locked(Exception):
    """Another process, or another thread, holds the lock."""


@contextmanager
def lock(name: str, *, wait: float = 0) -> Iterator[None]:
    """Holds the lock of this name, after waiting for it for so many seconds at most.

    Raises:
        Locked: it is still held by another.
    """
    with past_the_pooler("default") as connection, ExitStack() as held:
        deadline = time.monotonic() + wait
        while not _take(connection, name, held):
            if time.monotonic() >= deadline:
                raise Locked(name)
            time.sleep(_PAUSE)
        yield


def _take(connection: BaseDatabaseWrapper, name: str, held: ExitStack) -> bool:
    digest = hashlib.sha256(f"{PREFIX}{name}".encode()).digest()
    if connection.vendor == "sqlite":
        return _take_file(connection, digest.hex()[:16], held)
    # PostgreSQL numbers its locks; MySQL names them, for the whole server and with 64 letters at most.
    key = (
        int.from_bytes(digest[:8], "big", signed=True)
        if connection.vendor == "postgresql"
        else digest.hex()
    )
    with connection.cursor() as cursor:
        cursor.execute(_ASK[connection.vendor], [key])
        if not cursor.fetchone()[0]:
            return False
    held.callback(_free, connection, key)
    return True


def _free(connection: BaseDatabaseWrapper, key: int | str) -> None:
    # A session that is gone holds nothing, and asking would open another.
    if connection.connection is not None and connection.is_usable():
        with connection.cursor() as cursor:
            cursor.execute(_FREE[connection.vendor], [key])


def _take_file(connection: BaseDatabaseWrapper, name: str, held: ExitStack) -> bool:
    """SQLite has no locks by name, but one transaction that writes: each name is a file of its own."""
    main = str(connection.settings_dict["NAME"])
    place = Path(main).with_name(f"{name}.lock") if Path(main).exists() else None
    if place is None:
        return True  # in memory: nobody else can reach the database at all
    file = held.enter_context(closing(sqlite3.connect(place, timeout=0, isolation_level=None)))
    try:
        file.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        file.close()
        return False
    return True
