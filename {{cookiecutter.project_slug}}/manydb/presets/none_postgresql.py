"""Straight to PostgreSQL: no pooler, one server connection per thread and alias.

At most ``processes x threads x aliases used`` connections stay open, replicas included. When that
comes near the server's ``max_connections``, it is time for PgBouncer or RDS Proxy. Django's own pool
(``OPTIONS["pool"]``) is a pool per process *and* alias, each with its threads: 20 tenants touched once
are 80 connections and 80 threads in one process. It suits few databases, under ASGI above all.

Sources: Django, "Databases", persistent connections and PostgreSQL notes; PostgreSQL, "libpq", SSL support.
"""

from typing import Any

from manydb.core.deadlines import STATEMENT, of_jobs, of_requests
from manydb.presets.postgresql import REPLICA_PATIENCE as REPLICA_PATIENCE
from manydb.presets.postgresql import options as options

PORT = 5432
DIRECT_PORT = PORT

# Seconds that a connection outlives its request (WSGI). Under ASGI requests have no thread of their own
# to keep one in, and "persistent connections should be disabled": there max_age is 0.
CONN_MAX_AGE = 60

# What vouches for the server. For RDS without a proxy this file must hold Amazon's RDS certificates
# (https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem), which no system ships.
CA_FILE = "/etc/ssl/certs/ca-certificates.crt"


def pooled(
    *,
    tls: bool = True,
    max_age: int = CONN_MAX_AGE,
    ca_file: str = CA_FILE,
    name: str = "django",
    statement: float = STATEMENT,
) -> dict[str, Any]:
    """Settings of a production connection, in dicts of its own. ``statement`` is in seconds."""
    return {
        "CONN_MAX_AGE": max_age,
        # One SELECT 1 per request; without it the first request after a restart of the server fails.
        "CONN_HEALTH_CHECKS": True,
        "DEADLINES": of_requests(statement),
        # Nothing comes between, so .iterator() may stream through a cursor of the server.
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "OPTIONS": _options(tls, ca_file, name),
    }


def direct(*, tls: bool = True, ca_file: str = CA_FILE, name: str = "django") -> dict[str, Any]:
    """Returns the connection for migrations and long jobs, which is closed when they are done."""
    return pooled(tls=tls, max_age=0, ca_file=ca_file, name=name) | {
        "CONN_HEALTH_CHECKS": False,
        "DEADLINES": of_jobs(),
    }


def _options(tls: bool, ca_file: str, name: str) -> dict[str, Any]:
    # No "options": "-c ...": DEADLINES become some, and a pooler would refuse them all.
    options: dict[str, Any] = {
        "application_name": name,
        "connect_timeout": 5,
    }
    if tls:
        # Checks the certificate and that it is this host's; the default would take any, or no TLS.
        options |= {"sslmode": "verify-full", "sslrootcert": ca_file}
    return options
