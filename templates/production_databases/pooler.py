"""Production: hosts, credentials and tenants from ``get_param``, connected through a pooler.

``DIRECT`` on a primary is the way past the pooler, for migrations and for jobs that a pooler in
transaction mode breaks (``manydb.core.direct.past_the_pooler``).
"""

from typing import Any

from manydb.core.adopted import adopted_connection
from manydb.core.aliases import Database, tenant_databases
from manydb.parameters import get_param, use
from manydb.presets.{{ cookiecutter.pooling }}_{{ cookiecutter.database_engine }} import (
    CA_FILE,
    DIRECT_PORT,
    PORT,
    REPLICA_PATIENCE,
    direct,
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
    """The writer's pooler for a primary, the reader's for its ``_RO``."""
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
        # A read-only session would not come through the pooler, or pin it: replicas refuse writes themselves.
        settings["OPTIONS"] |= REPLICA_PATIENCE
        return settings
    return settings | {"DIRECT": past_the_pooler()}


def past_the_pooler() -> dict[str, Any]:
    return direct(**TLS) | {
        "HOST": get_param("DATABASE_DIRECT_HOST"),
        "PORT": int(get_param("DATABASE_DIRECT_PORT", str(DIRECT_PORT))),
    }


def adopted(database: Database) -> dict[str, Any]:
    """An adopted database, where parameters of its own say, such as ``CHINOOK_DATABASE_HOST``."""
    return adopted_connection(database, get_param, tls=True) | {
        "CONN_MAX_AGE": int(get_param("CONN_MAX_AGE", "60")),
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = build([*SHARED, *tenant_databases(TENANTS, PREFIX)], server, adopted)
