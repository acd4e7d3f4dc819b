"""Leases: a row of the shared database for each lock, which holds where a server's own lock does not.

A session holds a server's lock. On Galera one node alone knows it. After failover it is gone, while the process that
had it may still be at work. The row is replicated with the data that it protects.

A lease ends ``SECONDS`` after its holder was last heard of, and a thread renews it. Once it has ended, the next command
takes it over. On the node where it was taken that may happen at once, for the server's lock is free there only if
that session is gone. Each take-over raises ``fence``. A holder whose fence is older is refused at its next step, because
each step confirms its leases in the transaction that writes it.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.db import Error, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core.ownership import LEASES_TABLE
from manydb.core.placement import shared_alias

SECONDS = 30.0  # that a holder may be silent
RENEWED_EVERY = 5.0
_PAUSE = 0.05  # seconds between two questions

_MAKE = (
    f"CREATE TABLE IF NOT EXISTS {LEASES_TABLE} (name varchar(100) NOT NULL PRIMARY KEY, "
    "fence bigint NOT NULL, holder varchar(150) NOT NULL, node varchar(200) NOT NULL, ends double precision NOT NULL)"
)
# By the connection's vendor. SQLite's lock is a file beside the database, which no other machine has.
_IS_THERE = {
    "postgresql": f"SELECT to_regclass('{LEASES_TABLE}') IS NOT NULL",
    "mysql": "SELECT count(*) FROM information_schema.tables "  # noqa: S608
    f"WHERE table_schema = DATABASE() AND table_name = '{LEASES_TABLE}'",
}
_ADD = {
    "postgresql": f"INSERT INTO {LEASES_TABLE} VALUES (%s, 0, '', '', 0) ON CONFLICT DO NOTHING",  # noqa: S608
    "mysql": f"INSERT IGNORE INTO {LEASES_TABLE} VALUES (%s, 0, '', '', 0)",  # noqa: S608
}
_NOW = {
    "postgresql": "EXTRACT(EPOCH FROM clock_timestamp())",
    "mysql": "UNIX_TIMESTAMP(SYSDATE(6))",
}
_NODE = {
    "postgresql": "concat_ws(':', host(inet_server_addr()), current_setting('port'))",
    "mysql": "concat_ws(':', @@hostname, @@port, @@server_id)",
}


class HeldElsewhere(Exception):
    """Another command holds the lease; says which process, and when the lease ends unless it is renewed."""


class LeaseLost(Exception):
    """Another command has taken the lease over, because this one was not heard of for too long."""


class _Lease(NamedTuple):
    name: str
    fence: int


_held: ContextVar[tuple[_Lease, ...]] = ContextVar("manydb_leases", default=())


@contextmanager
def lease(connection: BaseDatabaseWrapper, name: str, *, wait: float = 0) -> Iterator[None]:
    """Holds the lease of this name in the database of ``connection``, after waiting for it for so many seconds.

    Raises:
        HeldElsewhere: another command still holds it.
    """
    if connection.vendor not in _NOW:
        yield
        return
    make_table(connection)
    deadline = time.monotonic() + wait
    while (fence := _take(connection, name)) is None:
        if time.monotonic() >= deadline:
            raise HeldElsewhere(_holder(connection, name))
        time.sleep(_PAUSE)
    held = _Lease(name, fence)
    outer = _held.set((*_held.get(), held))
    _renewal.add(connection, held)
    try:
        yield
    finally:
        _renewal.remove(held)
        _held.reset(outer)
        if connection.connection is not None and connection.is_usable():
            with suppress(Error):
                _run(connection, "SET holder = '', ends = 0", held)


@contextmanager
def confirmed() -> Iterator[None]:
    """A transaction on the shared database that commits only if all leases of this command are still its own.

    Raises:
        LeaseLost: another command has taken one over.
    """
    if not _held.get():
        yield
        return
    with transaction.atomic(shared_alias()):
        _confirm()
        yield


def confirm() -> None:
    """Renews the leases of this command, before a step outside of the shared database.

    Raises:
        LeaseLost: another command has taken one over.
    """
    with confirmed():
        pass


def has_table(connection: BaseDatabaseWrapper) -> bool:
    """Whether the database keeps leases: it is a server's, and was migrated."""
    if connection.vendor not in _IS_THERE:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_IS_THERE[connection.vendor])
        return bool(cursor.fetchone()[0])


def make_table(connection: BaseDatabaseWrapper) -> None:
    """Makes the table that leases are kept in, if it is missing; migrating the shared database does."""
    if connection.vendor in _IS_THERE and not has_table(connection):
        with connection.cursor() as cursor:
            cursor.execute(_MAKE)


def make_after_migrating(sender: Any, using: str, **kwargs: Any) -> None:
    """Receives ``post_migrate``."""
    if using == shared_alias():
        make_table(connections[using])


def _take(connection: BaseDatabaseWrapper, name: str) -> int | None:
    """The fence of a lease that is this process's now; None while another has it. The update is what decides."""
    vendor, me = connection.vendor, f"{_process()} {os.urandom(6).hex()}"
    now, node = _NOW[vendor], _NODE[vendor]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {LEASES_TABLE} WHERE name = %s", [name])  # noqa: S608
        if cursor.fetchone() is None:
            cursor.execute(_ADD[vendor], [name])
        cursor.execute(
            f"UPDATE {LEASES_TABLE} SET fence = fence + 1, holder = %s, node = {node}, "  # noqa: S608
            f"ends = {now} + %s WHERE name = %s AND (ends < {now} OR node = {node})",
            [me, SECONDS, name],
        )
        cursor.execute(
            f"SELECT fence FROM {LEASES_TABLE} WHERE name = %s AND holder = %s",  # noqa: S608
            [name, me],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _confirm() -> None:
    connection = connections[shared_alias()]
    for held in sorted(_held.get(), key=lambda held: held.name):
        if not _renew(connection, held):
            raise LeaseLost(
                f"Another command has taken over the lock {held.name!r}: this one was not heard of for "
                f"{SECONDS:g} s, or its connection was lost. Nothing more is changed. Run list_tenants, then the "
                "command again if it is not done."
            )


def _renew(connection: BaseDatabaseWrapper, held: _Lease) -> bool:
    return _run(connection, f"SET ends = {_NOW[connection.vendor]} + {SECONDS}", held)


def _run(connection: BaseDatabaseWrapper, change: str, held: _Lease) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {LEASES_TABLE} {change} WHERE name = %s AND fence = %s",
            [held.name, held.fence],
        )
        return bool(cursor.rowcount)


def _process() -> str:
    return f"process {os.getpid()} of {socket.gethostname()}"[:120]


def _holder(connection: BaseDatabaseWrapper, name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT holder, ends - {_NOW[connection.vendor]} FROM {LEASES_TABLE} WHERE name = %s",  # noqa: S608
            [name],
        )
        holder, left = cursor.fetchone() or ("", 0)
    who = holder.rpartition(" ")[0] or "another process"
    return f"{who}; if that was killed, in {max(1, round(left))} s"


class _Renewal:
    """The thread that renews the leases of this process, over a connection of its own.

    A command that is over sooner than the first renewal costs no connection.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[_Lease, tuple[type[BaseDatabaseWrapper], dict[str, Any], str]] = {}
        self._thread: threading.Thread | None = None
        self._changed = threading.Event()

    def add(self, connection: BaseDatabaseWrapper, held: _Lease) -> None:
        with self._lock:
            self._held[held] = type(connection), connection.settings_dict, connection.alias
            if self._thread is None or not self._thread.is_alive():
                self._changed.clear()
                self._thread = threading.Thread(target=self._run, name="manydb-leases", daemon=True)
                self._thread.start()

    def remove(self, held: _Lease) -> None:
        with self._lock:
            self._held.pop(held, None)
            if not self._held:
                self._changed.set()
                self._thread = None

    def _run(self) -> None:
        changed = self._changed
        while not changed.wait(RENEWED_EVERY):
            with self._lock:
                several = dict(self._held)
            for held, (kind, settings, alias) in several.items():
                connection = kind(settings, alias)
                try:
                    _renew(connection, held)
                except Error:
                    pass  # it is tried again, and each step of the command asks for itself
                finally:
                    connection.close()


_renewal = _Renewal()
