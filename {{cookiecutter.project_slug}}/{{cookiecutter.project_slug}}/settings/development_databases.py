"""Development: SQLite files under ``var/``, or the server of compose.yaml when DATABASE_HOST is set."""

from typing import Any

from manydb.core.adopted import adopted_connection
from manydb.core.aliases import Database, tenant_databases
from manydb.presets.{{ cookiecutter.database_engine }} import ENGINE, PORT, options, require_driver

from .base import BASE_DIR, env
from .databases import PREFIX, SHARED, build

TENANTS = env.list(
    "TENANTS",
    default=[
        {%- for tenant in cookiecutter.tenants | tenant_names %}
        "{{ tenant }}",
        {%- endfor %}
    ],
)
HOST = env.str("DATABASE_HOST", "")


def sqlite_file(database: Database, *, replica: bool) -> dict[str, Any]:
    """One file per database; its ``_RO`` is the same file, opened read-only."""
    path = BASE_DIR / "var" / f"{database.name}.sqlite3"
    if replica or database.read_only:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{path.as_uri()}?mode=ro"}
    # IMMEDIATE: a transaction that reads and then writes waits for its turn instead of failing.
    options = {"transaction_mode": "IMMEDIATE", "timeout": 20}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": options}


def server(database: Database, *, replica: bool) -> dict[str, Any]:
    """One server for all; its ``_RO`` is read-only, and another server if DATABASE_READER_HOST is set."""
    port = env.int("DATABASE_PORT", PORT)
    return {
        "ENGINE": ENGINE,
        "NAME": database.name,
        "HOST": env.str("DATABASE_READER_HOST", HOST) if replica else HOST,
        "PORT": env.int("DATABASE_READER_PORT", port) if replica else port,
        "USER": env.str("DATABASE_USER", "{{ cookiecutter.project_slug }}"),
        "PASSWORD": env.str("DATABASE_PASSWORD", ""),
        "OPTIONS": options(replica=replica or database.read_only),
    }


def adopted(database: Database) -> dict[str, Any]:
    """Where ``.env`` says. A database that it says nothing of is away; the others work."""

    def get(name: str, default: str | None) -> str:
        return env.str(name, f"{name}-is-not-set" if default is None else default)

    return adopted_connection(database, get, tls=False)


if HOST:
    require_driver()

DATABASES = build(
    [*SHARED, *tenant_databases(TENANTS, PREFIX)], server if HOST else sqlite_file, adopted
)
