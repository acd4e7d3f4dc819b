"""Straight to MySQL or MariaDB: no pooler, one server connection per thread and alias.

At most ``processes x threads x aliases used`` connections stay open, replicas included. When that
comes near the server's ``max_connections``, it is time for RDS Proxy; Django has no pool for MySQL.

Sources: Django, "Databases", persistent connections and MySQL notes; MySQL manual, "Connection options".
"""

from typing import Any

from manydb.core.deadlines import STATEMENT, of_jobs, of_requests
from manydb.presets.mysql import REPLICA_PATIENCE as REPLICA_PATIENCE
from manydb.presets.mysql import options as options

PORT = 3306
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
    name: str = "",
    statement: float = STATEMENT,
) -> dict[str, Any]:
    """Settings of a production connection, in dicts of its own. ``statement`` is in seconds."""
    return {
        "CONN_MAX_AGE": max_age,
        # One ping per request; without it the first request after a restart of the server fails.
        "CONN_HEALTH_CHECKS": True,
        "DEADLINES": of_requests(statement),
        "OPTIONS": _options(tls, ca_file),
    }


def direct(*, tls: bool = True, ca_file: str = CA_FILE, name: str = "") -> dict[str, Any]:
    """Returns the connection for migrations and long jobs, which is closed when they are done."""
    return pooled(tls=tls, max_age=0, ca_file=ca_file, name=name) | {
        "CONN_HEALTH_CHECKS": False,
        "DEADLINES": of_jobs(),
    }


def _options(tls: bool, ca_file: str) -> dict[str, Any]:
    # Left out on purpose. charset: utf8mb4 is Django's default since 5.2. isolation_level: READ
    # COMMITTED is Django's default. init_command with sql_mode: it would replace the server's modes,
    # which are stricter. read_timeout: DEADLINES become one, and migrations must have none.
    options: dict[str, Any] = {"connect_timeout": 5}
    if tls:
        # Checks the certificate and that it is this host's; the default would take any, or no TLS.
        options |= {"ssl_mode": "VERIFY_IDENTITY", "ssl": {"ca": ca_file}}
    return options
