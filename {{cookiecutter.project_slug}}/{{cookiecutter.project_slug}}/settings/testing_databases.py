"""Testing: SQLite in memory, or the server of DATABASE_HOST, with databases of its own.

``TESTCLIENT`` is the tenant of tests. The other tenants are there for tests that need two; a
database is created only when a test names it.
"""

from dataclasses import replace
from typing import Any

from manydb.core.aliases import Database, tenant_databases
from manydb.presets.{{ cookiecutter.database_engine }} import ENGINE, PORT, options, require_driver

from .base import env
from .databases import PREFIX, SHARED, build

TENANTS = [
    "testclient",
    {%- for tenant in cookiecutter.tenants | tenant_names %}
    "{{ tenant }}",
    {%- endfor %}
]
# Past a pooler, which would keep sessions open in databases that the test runner has to drop.
HOST = env.str("DATABASE_DIRECT_HOST", "") or env.str("DATABASE_HOST", "")


def _test(database: Database, *, replica: bool) -> dict[str, Any]:
    """What the test runner does with an alias: ``_RO`` mirrors its primary, nothing else is mirrored."""
    if replica:
        return {"MIRROR": database.alias, "DEPENDENCIES": []}
    # Without DEPENDENCIES every alias would wait for default, also in a run that does not create it.
    return {"NAME": f"test_{database.name}", "DEPENDENCIES": []}


def memory(database: Database, *, replica: bool) -> dict[str, Any]:
    test = _test(database, replica=replica)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
        "TEST": test if replica else test | {"NAME": None},
    }


def server(database: Database, *, replica: bool) -> dict[str, Any]:
    # NAME is the test database from the start: code that runs without the runner finds no real one.
    return {
        "ENGINE": ENGINE,
        "NAME": f"test_{database.name}",
        "HOST": HOST,
        "PORT": env.int("DATABASE_DIRECT_PORT", 0) or env.int("DATABASE_PORT", PORT),
        "USER": env.str("DATABASE_USER", "{{ cookiecutter.project_slug }}"),
        "PASSWORD": env.str("DATABASE_PASSWORD", ""),
        "OPTIONS": options(replica=False),
        "TEST": _test(database, replica=replica),
    }


def adopted(database: Database) -> dict[str, Any]:
    """Never where the real one is: in memory or, of the same kind, on the server of the other tests."""
    ours = replace(database, name=PREFIX + database.alias)
    connect = server if HOST and ENGINE.endswith(str(database.engine)) else memory
    return connect(ours, replica=False)


if HOST:
    require_driver()

# What is only read elsewhere: its test database is the tests' own, and they may write to it.
WRITABLE = [replace(database, read_only=False) for database in SHARED]
DATABASES = build(
    [*WRITABLE, *tenant_databases(TENANTS, PREFIX)], server if HOST else memory, adopted
)
