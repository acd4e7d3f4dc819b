"""How far a server has written, so that a restore of a shared database can be told how far to go."""

from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core.routing import facts, primaries
from manydb.replicas.position_sql import dialect_of


def shared_positions() -> dict[str, str]:
    """Returns the position of each shared database's server; "" where that is unknown or the server is away."""
    found = {}
    for alias in primaries():
        if not facts(alias).get("TENANT"):
            found[alias] = position_of(connections[alias])
    return found


def position_of(connection: BaseDatabaseWrapper) -> str:
    """Returns the position of a server; "" where its engine or its account knows none."""
    dialect = dialect_of(connection)
    if dialect is None:
        return ""
    try:
        with connection.cursor() as cursor:
            cursor.execute(dialect.written)
            return str(cursor.fetchone()[0] or "")
    except Error:
        return ""
