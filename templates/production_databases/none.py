"""Production: hosts, credentials and tenants from ``get_param``, each process connected directly."""

from typing import Any

from manydb.core.adopted import adopted_connection
from manydb.core.aliases import Database, tenant_databases
from manydb.parameters import get_param, use
from manydb.presets.{{ cookiecutter.pooling }}_{{ cookiecutter.database_engine }} import (
    CA_FILE,
    PORT,
    REPLICA_PATIENCE,
    options,
    pooled,
)

from .databases import PREFIX, SHARED, build

ENGINE = "{{ {"password": "django.db.backends." ~ cookiecutter.database_engine, "rds_iam": "manydb.backends.rds_iam_" ~ cookiecutter.database_engine}[cookiecutter.database_auth] }}"

use("{{ cookiecutter.parameter_store }}", path="{{ cookiecutter.project_slug }}")

TENANTS = get_param("TENANTS").split(",")
WRITER = get_param("DATABASE_HOST")
READER = get_param("DATABASE_READER_HOST", WRITER)
TLS: dict[str, Any] = {
    "tls": get_param("DATABASE_TLS", "true") != "false",
    "ca_file": get_param("DATABASE_CA_FILE", CA_FILE),
    "name": "{{ cookiecutter.project_slug }}",
}


def server(database: Database, *, replica: bool) -> dict[str, Any]:
    """The writer for a primary, the reader for its ``_RO``."""
    port = get_param("DATABASE_PORT", str(PORT))
    settings = pooled(**TLS, max_age=int(get_param("CONN_MAX_AGE", "60"))) | {
        "ENGINE": ENGINE,
        "NAME": database.name,
        "HOST": READER if replica else WRITER,
        "PORT": int(get_param("DATABASE_READER_PORT", port) if replica else port),
        "USER": get_param("DATABASE_USER"),
        "PASSWORD": {{ 'get_param("DATABASE_PASSWORD")' if cookiecutter.database_auth == "password" else '""' }},
    }
    if replica:
        settings["OPTIONS"] |= options(replica=True) | REPLICA_PATIENCE
    return settings


def adopted(database: Database) -> dict[str, Any]:
    """An adopted database, where parameters of its own say, such as ``CHINOOK_DATABASE_HOST``."""
    return adopted_connection(database, get_param, tls=True) | {
        "CONN_MAX_AGE": int(get_param("CONN_MAX_AGE", "60")),
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = build([*SHARED, *tenant_databases(TENANTS, PREFIX)], server, adopted)
