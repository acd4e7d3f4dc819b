"""Where a legacy database is, as its adopter says it, and whether it answers there."""

import os
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from manydb.core.adopted import PORTS, adopted_connection, parameter
from manydb.core.aliases import Database, build

DRIVERS = {"mysql": "MySQLdb", "postgresql": "psycopg"}
_MAGIC = b"SQLite format 3\0"


def file_parameters(database: Database, path: Path) -> dict[str, str]:
    """The parameters of a SQLite file.

    Raises:
        CommandError: it is not one. SQLite would make an empty file of what is not there.
    """
    path = path.expanduser().absolute()
    if not path.is_file():
        raise CommandError(f"There is no file {path}: name the SQLite file of the legacy database.")
    with path.open("rb") as file:
        start = file.read(len(_MAGIC))
    if not start:
        raise CommandError(
            f"{path} is empty, so it holds no table that could be adopted. Name another file."
        )
    if start != _MAGIC:
        raise CommandError(
            f"{path} is not a SQLite database. If it holds SQL, make a database of it first, as manydb/docs/legacy-databases.md shows."
        )
    return {parameter(database.alias, "NAME"): str(path)}


def server_parameters(
    database: Database, options: Mapping[str, Any], password: Callable[[], str]
) -> dict[str, str]:
    """The parameters of a database on a server.

    Raises:
        CommandError: something is missing: an option, or the driver.
    """
    for option in ("host", "user"):
        if not options[option]:
            raise CommandError(f"--engine {database.engine} needs --{option} as well. Add it.")
    engine = str(database.engine)
    if find_spec(DRIVERS[engine]) is None:
        raise CommandError(
            f"The driver for {engine} is not installed: run "
            f'python -m pip install -e ".[{engine}]", and install it wherever this project runs.'
        )
    values = {
        "HOST": options["host"],
        "PORT": str(options["port"] or PORTS[engine]),
        "NAME": database.name,
        "USER": options["user"],
        "PASSWORD": password(),
    }
    if options["reader_host"]:
        values["READER_HOST"] = options["reader_host"]
    named = {parameter(database.alias, word): value for word, value in values.items()}
    more = [parameter(database.alias, word) for word in ("TLS", "CA_FILE", "SPATIAL")]
    return named | {name: os.environ[name] for name in more if name in os.environ}


def connect(database: Database, values: Mapping[str, str]) -> BaseDatabaseWrapper:
    """A connection that only reads, as ``connections[alias]`` of this thread.

    Raises:
        CommandError: it does not answer, or not to this user.
    """

    def adopted(database: Database) -> dict[str, Any]:
        return adopted_connection(
            database, lambda name, default: values.get(name) or default or "", tls=False
        )

    def no_other(database: Database, *, replica: bool) -> dict[str, Any]:
        raise NotImplementedError

    entry = build([database._replace(read_only=True)], no_other, adopted)[database.alias]
    configured = connections.configure_settings({"default": {}, database.alias: entry})
    wrapper = load_backend(entry["ENGINE"]).DatabaseWrapper
    connection: BaseDatabaseWrapper = wrapper(configured[database.alias], database.alias)
    backend: Any = connection
    # For that of SQLite (read_only_sqlite): other backends have all orders of texts.
    backend.lends_orders = database.read_only
    try:
        connection.ensure_connection()
    except Error as error:
        raise CommandError(
            f"{database.alias} can't be reached: {without_secret(error, values)}"
        ) from None
    connections[database.alias] = connection
    return connection


def without_secret(error: Exception, values: Mapping[str, str]) -> str:
    """What a server said, in one line that can be shown."""
    said = " ".join(str(error).split())
    secrets = [value for name, value in values.items() if name.endswith("_PASSWORD") and value]
    for secret in secrets:
        said = said.replace(secret, "***")
    return said
