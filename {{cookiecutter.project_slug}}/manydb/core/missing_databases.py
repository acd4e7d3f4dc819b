"""Creates the databases that are not there yet."""

from collections.abc import Callable
from pathlib import Path

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core.routing import is_made_here, primaries
from manydb.patches.server_cursors import server_cursor

_EXISTS = {
    "mysql": "SELECT 1 FROM information_schema.schemata WHERE schema_name = %s",
    "postgresql": "SELECT 1 FROM pg_database WHERE datname = %s",
}
_CREATE = {"mysql": "CREATE DATABASE {} CHARACTER SET utf8mb4", "postgresql": "CREATE DATABASE {}"}


# Called with the alias of a new tenant's database before it is migrated: what makes tables that no migration
# makes. An app registers its own when it is ready.
fillers: list[Callable[[str], object]] = []
# The steps of bootstrap after the databases are there, each with a title for what it returns.
bootstrap_steps: list[tuple[str, Callable[[], list[str]]]] = []


def create_missing_databases() -> list[str]:
    """Creates what is missing and touches nothing that is there.

    Names come from the list in ``aliases``, which has validated them, and are quoted.

    Returns:
        the names of the databases that were created.
    """
    created = []
    for alias in primaries():
        if not is_made_here(alias):
            continue  # its owner knows why it is away
        connection = connections[alias]
        create = _create_file if connection.vendor == "sqlite" else _create_on_server
        if create(connection):
            created.append(Path(connection.settings_dict["NAME"]).name)
    return created


def is_missing_file(connection: BaseDatabaseWrapper) -> bool:
    """Whether this is a SQLite file that is not there: opening it would create it, empty."""
    name = str(connection.settings_dict["NAME"])
    is_file = connection.vendor == "sqlite" and not name.startswith("file:") and name != ":memory:"
    return is_file and not Path(name).exists()


def _create_file(connection: BaseDatabaseWrapper) -> bool:
    if Path(connection.settings_dict["NAME"]).exists():
        return False
    with connection.cursor() as cursor:  # which makes the file; its _RO could not
        # Reading through _RO must not wait for a transaction on the primary, nor the reverse. The file
        # keeps this, so one that was there before is not changed by being opened.
        cursor.execute("PRAGMA journal_mode=WAL")
    return True


def _create_on_server(connection: BaseDatabaseWrapper) -> bool:
    name = connection.settings_dict["NAME"]
    with server_cursor(connection) as cursor:
        cursor.execute(_EXISTS[connection.vendor], [name])
        if cursor.fetchone() is not None:
            return False
        cursor.execute(_CREATE[connection.vendor].format(connection.ops.quote_name(name)))
    return True
