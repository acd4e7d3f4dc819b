"""What a database says of itself: whose it is. A table of one row, in each tenant's database and in the shared one.

A name on a server is no proof: a database may have been dropped, moved, restored or replaced, or the host may be another
one. The table is no model: no ``flush``, ``dumpdata`` or ``loaddata`` takes it along, and dumps leave it out.
"""

from typing import Any, NamedTuple

from manydb.core.ownership import IDENTITY_TABLE
from manydb.core.patterns import pattern

_READ = f"SELECT tenant, state FROM {IDENTITY_TABLE}"  # noqa: S608  a constant
_MAKE = (
    f"CREATE TABLE IF NOT EXISTS {IDENTITY_TABLE} "
    "(id smallint NOT NULL PRIMARY KEY, tenant varchar(36) NOT NULL, state varchar(20) NOT NULL)"
)
_CHANGE = "UPDATE {table} SET tenant = '{tenant}', state = '{state}' WHERE id = 1"
_ADD = "INSERT INTO {table} (id, tenant, state) VALUES (1, '{tenant}', '{state}')"
_PLAIN = pattern(r"[0-9a-f-]{36}/[a-z]{1,20}")
_NO_TABLE = {"42P01", 1146}
_NO_TABLE_ON_SQLITE = pattern("no such table")
_NO_DATABASE = pattern(r'database "[^"]*" does not exist')  # psycopg gives no code for it


class Identity(NamedTuple):
    """The UUID of the tenant, or of the project in a shared database, and the state that it had when this was written."""

    tenant: str
    state: str


def read(session: Any, error: type[Exception]) -> Identity | None:
    """Reads it over the driver's connection; None if the database has none. Raises the driver's ``error``."""
    cursor = session.cursor()
    try:
        cursor.execute(_READ)
        row = cursor.fetchone()
    except error as found:
        if not _is_no_table(found):
            raise
        row = None
    finally:
        cursor.close()
    return Identity(*row) if row else None


def write(cursor: Any, identity: Identity) -> None:
    """Makes the database say this of itself, whatever it said before. The cursor may be Django's or the driver's.

    Raises:
        ValueError: it is not a UUID and the name of a state.
    """
    if not _PLAIN.fullmatch("/".join(identity)):
        raise ValueError(f"{identity!r} is not a UUID and a state.")
    values = {"table": IDENTITY_TABLE, "tenant": identity.tenant, "state": identity.state}
    cursor.execute(_MAKE)
    cursor.execute(_CHANGE.format(**values))  # drivers differ in their placeholders
    if not cursor.rowcount:
        cursor.execute(_ADD.format(**values))


def is_no_database(error: BaseException) -> bool:
    """Whether a driver says that there is no database of this name on the server."""
    return next(iter(error.args), None) == 1049 or bool(_NO_DATABASE.search(str(error)))


def _is_no_table(error: Exception) -> bool:
    code = getattr(error, "sqlstate", None) or next(iter(error.args), None)
    return code in _NO_TABLE or bool(_NO_TABLE_ON_SQLITE.search(str(error)))
