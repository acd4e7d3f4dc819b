"""``DATABASES`` of the three sites, as the testing settings of a generated project build them."""

import os
from dataclasses import replace
from importlib import import_module
from typing import Any

from manydb.core.aliases import Database, build, tenant_databases
from manydb.core.mapping import Databases

PREFIX = "manydb_"
SHARED = [Database("default", name="manydb"), Database("accounts", name="accounts")]
# The tenant of tests, and those that tests of several tenants take.
TENANTS = ["testclient", "acme", "globex"]


def databases(mapping: type[Databases], engine: str, host: str) -> Databases:
    """SQLite in memory without a host; a database is created only when a test names it."""

    def test(database: Database, *, replica: bool) -> dict[str, Any]:
        if replica:
            return {"MIRROR": database.alias, "DEPENDENCIES": []}
        return {"NAME": f"test_{database.name}", "DEPENDENCIES": []}

    def memory(database: Database, *, replica: bool) -> dict[str, Any]:
        tests = test(database, replica=replica)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": ":memory:",
            "TEST": tests if replica else tests | {"NAME": None},
        }

    def server(database: Database, *, replica: bool) -> dict[str, Any]:
        preset = import_module(f"manydb.presets.{engine}")
        port = os.environ.get("DATABASE_DIRECT_PORT") or os.environ.get("DATABASE_PORT")
        return {
            "ENGINE": preset.ENGINE,
            "NAME": f"test_{database.name}",
            "HOST": host,
            "PORT": int(port or preset.PORT),
            "USER": os.environ.get("DATABASE_USER", "manydb"),
            "PASSWORD": os.environ.get("DATABASE_PASSWORD", ""),
            "OPTIONS": preset.options(replica=False),
            "TEST": test(database, replica=replica),
        }

    connect = server if host else memory

    def adopted(database: Database) -> dict[str, Any]:
        return connect(replace(database, name=PREFIX + database.alias), replica=False)

    tenants = tenant_databases(TENANTS, PREFIX)
    return build([*SHARED, *tenants], connect, adopted, prefix=PREFIX, mapping=mapping)
