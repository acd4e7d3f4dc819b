"""PostgreSQL through PgBouncer in transaction mode (deploy/pgbouncer/pgbouncer.ini).

Each transaction may run on another server connection. What a session leaves behind is met by the
next client, of whatever tenant: a SET, a search_path, a role, an advisory lock. So the code
keeps to this: SET LOCAL inside ``atomic()`` only, locks by ``pg_advisory_xact_lock`` only, no LISTEN, and
timeouts by the role (ALTER ROLE app SET statement_timeout = '15s'), which does work through the pooler.
Tests, migrations and DROP DATABASE go past it: it keeps connections open that are in their way.

Sources: PgBouncer, "Features" (SQL feature map for pooling modes), config.md; Django, "Databases",
"Transaction pooling and server-side cursors"; psycopg, "Using prepared statements with PgBouncer".
"""

from typing import Any

from manydb.core.deadlines import STATEMENT, of_jobs, of_requests
from manydb.presets.postgresql import REPLICA_PATIENCE as REPLICA_PATIENCE

PORT = 6432
DIRECT_PORT = 5432

# Seconds that a connection outlives its request (WSGI). It holds no server connection while it idles,
# and the SCRAM handshake is paid once, not per request. max_age is 0 under ASGI: "persistent connections
# should be disabled".
CONN_MAX_AGE = 60

# What vouches for PgBouncer and, past it, for the server.
CA_FILE = "/etc/ssl/certs/ca-certificates.crt"


def pooled(
    *,
    tls: bool = True,
    max_age: int = CONN_MAX_AGE,
    ca_file: str = CA_FILE,
    name: str = "django",
    statement: float = STATEMENT,
) -> dict[str, Any]:
    """Settings of a production connection through the pooler, in dicts of its own. ``statement`` is in seconds."""
    return {
        # For connection_checks: what would be fine on the server itself is not behind this.
        "POOLER": "pgbouncer",
        "CONN_MAX_AGE": max_age,
        # One SELECT 1 per request; without it the first request after a restart of PgBouncer fails.
        "CONN_HEALTH_CHECKS": True,
        "DEADLINES": of_requests(statement),
        # A cursor lives on one server connection, and the next FETCH may come to another.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": _options(tls, ca_file, name),
    }


def direct(*, tls: bool = True, ca_file: str = CA_FILE, name: str = "django") -> dict[str, Any]:
    """The server itself, for migrations, long jobs and test databases: a session of one's own."""
    return {
        "POOLER": None,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "DEADLINES": of_jobs(),
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "OPTIONS": _options(tls, ca_file, name),
    }


def _options(tls: bool, ca_file: str, name: str) -> dict[str, Any]:
    # No "options": PgBouncer refuses it, or drops it unsaid. No "pool": PgBouncer is the pool. No
    # "assume_role": other clients would run as that role. No "server_side_binding" and
    # prepare_threshold left at Django's None: prepared statements need PgBouncer 1.21 or newer.
    options: dict[str, Any] = {
        "application_name": name,
        "connect_timeout": 5,
    }
    if tls:
        # Checks the certificate and that it is this host's; the default would take any, or no TLS.
        options |= {"sslmode": "verify-full", "sslrootcert": ca_file}
    return options
