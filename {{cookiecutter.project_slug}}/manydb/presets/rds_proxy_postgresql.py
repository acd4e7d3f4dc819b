"""PostgreSQL through RDS Proxy (deploy/rds_proxy/proxy.yaml).

The proxy lends a server connection for one transaction and hands it on, unless the session holds
state. After any SET, ``set_config``, PREPARE, cursor, temporary table, LISTEN, ``nextval`` or session
advisory lock it "pins" the connection to this client for good, and pools nothing. So a connection sends
no statement of its own at all. Watch the metric DatabaseConnectionsCurrentlySessionPinned.

The code sends no statement above 16 KB (give ``bulk_create`` a ``batch_size``), and locks by
``pg_advisory_xact_lock`` only. It sends no SET, not even SET LOCAL, which the list of what pins doesn't
except. Timeouts belong to the role (ALTER ROLE app SET statement_timeout = '15s').

Sources: Amazon RDS User Guide, "Avoiding pinning an RDS Proxy", "Connecting to a database through RDS
Proxy", "Using TLS/SSL with RDS Proxy"; Django, "Databases", PostgreSQL notes.
"""

import os
from typing import Any

from manydb.core.deadlines import STATEMENT, of_jobs, of_requests
from manydb.presets.postgresql import REPLICA_PATIENCE as REPLICA_PATIENCE

# Django compares the session's time zone with its own and sends set_config('TimeZone', 'UTC') when
# the text differs, which pins. libpq puts PGTZ into the startup packet instead, where the proxy
# accepts it, and knows no other way to. It must stand before the first connection: here.
os.environ["PGTZ"] = "UTC"

# "PostgreSQL proxies listen on 5432", whatever the server's own port.
PORT = 5432
DIRECT_PORT = 5432

# Seconds that a connection outlives its request (WSGI). An idle connection that isn't pinned holds no
# server connection, and TLS is paid once, not per request. Stay below the proxy's IdleClientTimeout
# (1800 s). max_age is 0 under ASGI ("persistent connections should be disabled") and while something pins.
CONN_MAX_AGE = 60

# Proxies show certificates of public authorities, a server behind them (direct) those of RDS: for
# both this file needs https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem added to it,
# as the Dockerfile does. Host names of your own (CNAME) fail the check: use the endpoint's.
CA_FILE = "/etc/ssl/certs/ca-certificates.crt"


def pooled(
    *,
    tls: bool = True,
    max_age: int = CONN_MAX_AGE,
    ca_file: str = CA_FILE,
    name: str = "django",
    statement: float = STATEMENT,
) -> dict[str, Any]:
    """Settings of a production connection through the proxy, in dicts of its own. ``statement`` is in seconds."""
    return {
        # For connection_checks: what would be fine on the server itself is not behind this.
        "POOLER": "rds_proxy",
        "CONN_MAX_AGE": max_age,
        # The proxy closes clients after 24 hours and on failover; one SELECT 1 per request notices.
        "CONN_HEALTH_CHECKS": True,
        "DEADLINES": of_requests(statement),
        # DECLARE CURSOR pins: .iterator() fetches in one go instead.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": _options(tls, ca_file, name),
    }


def direct(*, tls: bool = True, ca_file: str = CA_FILE, name: str = "django") -> dict[str, Any]:
    """The server itself, for migrations and long jobs: a session that may hold state."""
    return {
        "POOLER": None,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "DEADLINES": of_jobs(),
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "OPTIONS": _options(tls, ca_file, name),
    }


def _options(tls: bool, ca_file: str, name: str) -> dict[str, Any]:
    # No "options": the proxy refuses command-line options. No "pool": the proxy is the pool. No
    # "assume_role": a SET ROLE belongs into the proxy's InitQuery. No "isolation_level": READ
    # COMMITTED is PostgreSQL's default. prepare_threshold stays Django's None: PREPARE pins.
    options: dict[str, Any] = {
        "application_name": name,
        "connect_timeout": 5,
    }
    if tls:
        # Checks the certificate and that it is this host's; the default would take any, or no TLS.
        options |= {"sslmode": "verify-full", "sslrootcert": ca_file}
    return options
