"""Creates the databases that a server does not have yet."""

from django.db import connections

from .routing import primaries

_EXISTS = {
    "mysql": "SELECT 1 FROM information_schema.schemata WHERE schema_name = %s",
    "postgresql": "SELECT 1 FROM pg_database WHERE datname = %s",
}
_CREATE = {"mysql": "CREATE DATABASE {} CHARACTER SET utf8mb4", "postgresql": "CREATE DATABASE {}"}


def create_missing_databases() -> list[str]:
    """Creates what is missing and touches nothing that is there; SQLite makes its files by itself.

    Names come from the list in ``aliases``, which has validated them, and are quoted.

    Returns:
        the names of the databases that were created.
    """
    created = []
    for alias in primaries():
        connection = connections[alias]
        if connection.vendor == "sqlite":
            continue
        name = connection.settings_dict["NAME"]
        with connection._nodb_cursor() as cursor:
            cursor.execute(_EXISTS[connection.vendor], [name])
            if cursor.fetchone() is None:
                cursor.execute(_CREATE[connection.vendor].format(connection.ops.quote_name(name)))
                created.append(name)
    return created
