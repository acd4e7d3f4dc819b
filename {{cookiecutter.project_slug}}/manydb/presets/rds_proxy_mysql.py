"""MySQL or MariaDB through RDS Proxy (deploy/rds_proxy/proxy.yaml).

The proxy lends a server connection for one transaction and hands it on, unless the session holds
state that it can't track. Then it "pins" the connection to this client for good, and pools nothing.
So a connection says as little as it can: ``SET NAMES utf8mb4`` is all that is left on connect, and the
proxy tracks that. Watch the metric DatabaseConnectionsCurrentlySessionPinned.

What the code must keep to: no statement above 16 KB (give ``bulk_create`` a ``batch_size``), no user
variables, GET_LOCK, LOCK TABLES or temporary tables; ``loaddata`` and ``flush`` (SET
foreign_key_checks) go past the proxy, like migrations.

Sources: Amazon RDS User Guide, "Avoiding pinning an RDS Proxy", "Configuration guidelines for RDS
Proxy", "Using TLS/SSL with RDS Proxy"; Django, "Databases", MySQL notes.
"""

from typing import Any

from manydb.core.deadlines import STATEMENT, of_jobs, of_requests
from manydb.presets.mysql import REPLICA_PATIENCE as REPLICA_PATIENCE

# "MySQL proxies listen on 3306", whatever the server's own port.
PORT = 3306
DIRECT_PORT = 3306

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
    name: str = "",
    statement: float = STATEMENT,
) -> dict[str, Any]:
    """Settings of a production connection through the proxy, in dicts of its own. ``statement`` is in seconds."""
    return {
        # For connection_checks: what would be fine on the server itself is not behind this.
        "POOLER": "rds_proxy",
        "CONN_MAX_AGE": max_age,
        # The proxy closes clients after 24 hours and on failover; one ping per request notices.
        "CONN_HEALTH_CHECKS": True,
        "DEADLINES": of_requests(statement),
        "OPTIONS": {
            **_options(tls, ca_file),
            # mysqlclient turns autocommit off and Django on again: two SETs that this saves.
            "autocommit": True,
            # Saves SET SESSION TRANSACTION ISOLATION LEVEL. The server must have READ COMMITTED
            # by itself, as Django expects: InitQuery in proxy.yaml, or the parameter group.
            "isolation_level": None,
        },
    }


def direct(*, tls: bool = True, ca_file: str = CA_FILE, name: str = "") -> dict[str, Any]:
    """The server itself, for migrations, long jobs and fixtures: a session that may hold state."""
    return {
        "POOLER": None,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "DEADLINES": of_jobs(),
        # READ COMMITTED is set by Django here: past the proxy there is no InitQuery.
        "OPTIONS": _options(tls, ca_file),
    }


def _options(tls: bool, ca_file: str) -> dict[str, Any]:
    # No init_command: a session SET is what pins, or is lost on the next connection of the pool.
    options: dict[str, Any] = {"connect_timeout": 5}
    if tls:
        # Checks the certificate and that it is this host's; the default would take any, or no TLS.
        options |= {"ssl_mode": "VERIFY_IDENTITY", "ssl": {"ca": ca_file}}
    return options
