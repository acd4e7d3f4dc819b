"""Test databases of tenants: the first one on each server is migrated, and the others are copies of it.

All tenants have the same tables and migrations, so a copy is what migrating would make, in a tenth of the time. A
database that has tables already, as with ``--keepdb``, is migrated as before.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core.copies import copies
from manydb.core.ownership import IDENTITY_TABLE
from manydb.core.routing import facts
from manydb.patches.server_cursors import server_cursor

_Copy = Callable[[BaseDatabaseWrapper, BaseDatabaseWrapper], bool]


@contextmanager
def copied_databases() -> Iterator[None]:
    """Inside, test databases of tenants are made as copies where they can be."""
    before = copies.get()
    copies.set(_Copies())
    try:
        yield
    finally:
        copies.set(before)


class _Copies:
    """Which test databases have been migrated: the first one of each kind."""

    def __init__(self) -> None:
        self._migrated: dict[tuple[Any, ...], str] = {}

    def fill(self, alias: str) -> bool:
        if not facts(alias).get("TENANT"):
            return False
        earlier = self._migrated.get(_kind(alias))
        # Without the app there are neither an active tenant nor the ways to copy.
        if earlier is None or not apps.is_installed("manydb.tenants"):
            return False
        from manydb.tenants.context import no_tenant

        with no_tenant():  # the databases of two are used
            return _copied(connections[earlier], connections[alias])

    def note(self, alias: str) -> None:
        if facts(alias).get("TENANT"):
            self._migrated.setdefault(_kind(alias), alias)


def _kind(alias: str) -> tuple[Any, ...]:
    """What two databases have in common of which one may be a copy of the other."""
    entry = connections[alias].settings_dict
    places = tuple(entry.get(key) for key in ("ENGINE", "HOST", "PORT", "USER"))
    tests = entry["TEST"]
    return (*places, *(tests.get(key) for key in ("MIGRATE", "CHARSET", "COLLATION", "TEMPLATE")))


def _copied(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper) -> bool:
    if target.introspection.table_names():
        return False
    if IDENTITY_TABLE in source.introspection.table_names():
        return False  # it says whose it is, and a copy would say so, too
    return _WAYS[target.vendor](source, target)


def _on_sqlite(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper) -> bool:
    for connection in (source, target):
        connection.ensure_connection()
    source.connection.backup(target.connection)  # files, and databases in memory
    return True


def _on_postgresql(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper) -> bool:
    """Replaces the empty database. No session may be connected to the one that is copied."""
    name = str(target.settings_dict["NAME"])
    quote = target.ops.quote_name
    digest = blake2b(name.encode(), digest_size=8).hexdigest()  # a name has at most 63 characters
    fresh = quote(f"test_copy_{digest}")
    source.close()
    target.close()
    with server_cursor(target) as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {fresh}")  # of a run that was killed
        try:
            template = quote(str(source.settings_dict["NAME"]))
            cursor.execute(f"CREATE DATABASE {fresh} TEMPLATE {template}")
        except DatabaseError:  # another session is connected to it
            return False
        cursor.execute(f"DROP DATABASE {quote(name)}")
        cursor.execute(f"ALTER DATABASE {fresh} RENAME TO {quote(name)}")
    return True


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    quote: Callable[[str], str]

    def quoted(self) -> str:
        return self.quote(self.name)


def _on_mysql(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper) -> bool:
    """Makes each table as it is there, with its rows. A database with views or triggers is migrated."""
    from manydb.tenants.lifecycle.engines.mysql.copy_tables import copy_tables

    with target.cursor() as cursor:
        done = copy_tables(cursor, _Source(source.settings_dict["NAME"], source.ops.quote_name))
    target.close()  # what it says to its session is not meant for tests
    return done


_WAYS: dict[str, _Copy] = {"sqlite": _on_sqlite, "postgresql": _on_postgresql, "mysql": _on_mysql}
