"""``DATABASES`` of the three sites, as the testing settings of a generated project build them."""

import os
from importlib import import_module
from typing import Any

import manydb
from manydb import Database

# Each process of pytest-xdist has databases of its own on the server: also a template, spares and new tenants.
PREFIX = "_".join(["manydb", *filter(None, [os.environ.get("PYTEST_XDIST_WORKER")]), ""])
SHARED = [Database("default", name="manydb"), Database("accounts", name="accounts")]
# The tenant of tests, and those that tests of several tenants take.
TENANTS = ["testclient", "acme", "globex"]

MEMORY = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}


def server(engine: str, host: str) -> dict[str, Any]:
    """An entry for the server of DATABASE_HOST and its like."""
    preset = import_module(f"manydb.presets.{engine}")
    port = os.environ.get("DATABASE_DIRECT_PORT") or os.environ.get("DATABASE_PORT")
    return {
        "ENGINE": preset.ENGINE,
        "NAME": "test_{name}",
        "HOST": host,
        "PORT": int(port or preset.PORT),
        "USER": os.environ.get("DATABASE_USER", "manydb"),
        "PASSWORD": os.environ.get("DATABASE_PASSWORD", ""),
        "OPTIONS": preset.options(replica=False),
        "TEST": {"NAME": "test_{name}"},
    }


def databases(engine: str, host: str) -> dict[str, dict[str, Any]]:
    """SQLite in memory without a host; a database is created only when a test names it."""
    primary = server(engine, host) if host else MEMORY
    return manydb.databases(SHARED, tenants=TENANTS, prefix=PREFIX, primary=primary, testing=True)
