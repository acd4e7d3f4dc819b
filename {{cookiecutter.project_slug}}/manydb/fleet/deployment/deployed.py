"""What the shared database says of itself, and of the others that were deployed: in it, so that both are lost together.

A host or a name in the parameters may be wrong, and a database may be lost. A database that has the right name and
does not say that it is this project's is not taken for it. One that was there before and is missing is not made again.
"""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from django.db.backends.utils import CursorWrapper

from manydb.core.conf import conf
from manydb.core.database_identity import Identity, read, write
from manydb.core.ownership import DEPLOYED_TABLE
from manydb.core.routing import prefix

SHARED = "shared"  # the state of the shared database's identity
_DOMAIN = "."  # in place of an alias: the row with the domain that is served

_MAKE = (
    f"CREATE TABLE IF NOT EXISTS {DEPLOYED_TABLE} "
    "(alias varchar(63) NOT NULL PRIMARY KEY, name varchar(128) NOT NULL)"
)


def project_identity(shared: str) -> Identity:
    """Returns what the shared database, which has this name in the settings, says of itself."""
    return Identity(str(uuid5(NAMESPACE_DNS, f"shared database of {prefix() or shared}")), SHARED)


def identity_in(cursor: CursorWrapper) -> Identity | None:
    """Returns what the database says of itself, or None."""
    kind: Any = cursor.db.Database
    return read(cursor.db.connection, kind.Error)


def tables_in(cursor: CursorWrapper) -> set[str]:
    """Returns the tables of the database."""
    return set(cursor.db.introspection.table_names(cursor))


def claim(cursor: CursorWrapper, shared: str) -> None:
    """Makes the database say that it is this project's shared one."""
    write(cursor, project_identity(shared))
    cursor.execute(_MAKE)
    note_domain(cursor)


def deployed(cursor: CursorWrapper) -> dict[str, str]:
    """Returns the names of the databases that were deployed, by alias."""
    return {alias: name for alias, name in _rows(cursor).items() if alias != _DOMAIN}


def deployed_domain(cursor: CursorWrapper) -> str:
    """Returns the BASE_DOMAIN of the last deployment; "" if it is not known."""
    return _rows(cursor).get(_DOMAIN, "")


def note_domain(cursor: CursorWrapper) -> None:
    """Notes the BASE_DOMAIN of these settings: by it staging and production differ, if by nothing else."""
    if (before := deployed_domain(cursor)) != conf.BASE_DOMAIN:
        _put(cursor, _DOMAIN, conf.BASE_DOMAIN, is_new=not before)


def note_deployed(cursor: CursorWrapper, names: Mapping[str, str]) -> None:
    """Notes that these databases are there, and forgets the others."""
    cursor.execute(_MAKE)
    known = deployed(cursor)
    for alias in known.keys() - names.keys():
        cursor.execute(f"DELETE FROM {DEPLOYED_TABLE} WHERE alias = %s", [alias])  # noqa: S608
    for alias, name in names.items():
        if known.get(alias) != name:
            _put(cursor, alias, name, is_new=alias not in known)


def _rows(cursor: CursorWrapper) -> dict[str, str]:
    if DEPLOYED_TABLE not in tables_in(cursor):
        return {}
    cursor.execute(f"SELECT alias, name FROM {DEPLOYED_TABLE}")  # noqa: S608  a constant
    return dict(cursor.fetchall())


def _put(cursor: CursorWrapper, alias: str, name: str, *, is_new: bool) -> None:
    if is_new:
        row = [alias, name]
        cursor.execute(f"INSERT INTO {DEPLOYED_TABLE} (alias, name) VALUES (%s, %s)", row)  # noqa: S608
    else:
        cursor.execute(f"UPDATE {DEPLOYED_TABLE} SET name = %s WHERE alias = %s", [name, alias])  # noqa: S608
