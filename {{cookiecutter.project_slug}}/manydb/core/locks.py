"""Locks that exclude other processes, on whatever machine they run.

A server's session holds a lock, so it goes past the pooler; when the process dies, the server ends the session
and the lock is free. A lease in the shared database holds it for the servers that share no locks (``leases``).
"""

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core.direct import past_the_pooler
from manydb.core.leases import HeldElsewhere, lease
from manydb.core.placement import shared_alias
from manydb.core.routing import prefix

_ASK = {
    "postgresql": "SELECT pg_try_advisory_lock(%s)",
    "mysql": "SELECT GET_LOCK(%s, 0)",
}
_FREE = {
    "postgresql": "SELECT pg_advisory_unlock(%s)",
    "mysql": "SELECT RELEASE_LOCK(%s)",
}
# The number of the session that holds it, and the host it comes from.
_HOLDER = {
    # PostgreSQL keeps the two halves of the number apart.
    "postgresql": """
        SELECT pid, coalesce(client_hostname, host(client_addr), 'this host')
        FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'advisory' AND granted AND datname = current_database()
        AND (classid::bigint << 32 | objid::bigint) = %s""",
    "mysql": "SELECT id, host FROM information_schema.processlist WHERE id = IS_USED_LOCK(%s)",
}
_PAUSE = 0.05  # seconds between two questions


class Locked(Exception):
    """Another process, or another thread, holds the lock; says who, where the server knows."""


@contextmanager
def lock(name: str, *, wait: float = 0) -> Iterator[None]:
    """Holds the lock of this name in the whole fleet: that of the shared database's server, and the lease.

    Raises:
        Locked: it is still held by another.
    """
    deadline = time.monotonic() + wait
    with (
        past_the_pooler(shared_alias()) as connection,
        hold(connection, name, wait=wait),
        leased(connection, name, wait=deadline - time.monotonic()),
    ):
        yield


@contextmanager
def leased(connection: BaseDatabaseWrapper, name: str, *, wait: float = 0) -> Iterator[None]:
    """Holds the lease of this name, in the shared database whose ``connection`` this is.

    Raises:
        Locked: it is still held by another.
    """
    with ExitStack() as held:
        try:
            held.enter_context(lease(connection, name, wait=wait))
        except HeldElsewhere as holder:
            raise Locked(str(holder)) from None
        yield


@contextmanager
def hold(connection: BaseDatabaseWrapper, name: str, *, wait: float = 0) -> Iterator[None]:
    """Holds the lock of this name on one server, after waiting for it for so many seconds at most.

    What ``connection`` does meanwhile dies with the lock. A server may not have noticed yet that the
    process is gone: while it works on the last statement, it still keeps others out.

    Raises:
        Locked: it is still held by another.
    """
    with ExitStack() as held:
        deadline = time.monotonic() + wait
        while not _take(connection, name, held):
            if time.monotonic() >= deadline:
                raise Locked(_holder(connection, name))
            time.sleep(_PAUSE)
        yield


def _take(connection: BaseDatabaseWrapper, name: str, held: ExitStack) -> bool:
    if connection.vendor == "sqlite":
        return _take_file(connection, _digest(name).hex()[:16], held)
    key = _key(connection, name)
    with connection.cursor() as cursor:
        cursor.execute(_ASK[connection.vendor], [key])
        if not cursor.fetchone()[0]:
            return False
    held.callback(_free, connection, key)
    return True


def _digest(name: str) -> bytes:
    return hashlib.sha256(f"{prefix()}{name}".encode()).digest()


def _key(connection: BaseDatabaseWrapper, name: str) -> int | str:
    """PostgreSQL numbers its locks; MySQL names them, for the whole server and with 64 letters at most."""
    if connection.vendor == "postgresql":
        return int.from_bytes(_digest(name)[:8], "big", signed=True)
    return _digest(name).hex()


def _holder(connection: BaseDatabaseWrapper, name: str) -> str:
    if connection.vendor == "sqlite":
        return "another process"
    with connection.cursor() as cursor:
        cursor.execute(_HOLDER[connection.vendor], [_key(connection, name)])
        row = cursor.fetchone()
    return f"session {row[0]} of {row[1]}" if row else "another session"


def _free(connection: BaseDatabaseWrapper, key: int | str) -> None:
    # A session that is gone holds nothing, and asking would open another.
    if connection.connection is not None and connection.is_usable():
        with connection.cursor() as cursor:
            cursor.execute(_FREE[connection.vendor], [key])


def _take_file(connection: BaseDatabaseWrapper, name: str, held: ExitStack) -> bool:
    """SQLite has no locks by name, but one transaction that writes: each name is a file of its own."""
    main = str(connection.settings_dict["NAME"])
    if not Path(main).exists():
        return True  # in memory: no other process can reach the database
    place = Path(main).with_name(".locks") / f"{name}.lock"
    place.parent.mkdir(exist_ok=True)
    file = held.enter_context(closing(sqlite3.connect(place, timeout=0, isolation_level=None)))
    try:
        file.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        file.close()
        return False
    return True
