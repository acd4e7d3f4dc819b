"""PostgreSQL, reached directly: how development and tests connect, and how patient any reader is."""

from importlib.util import find_spec
from typing import Any

from django.core.exceptions import ImproperlyConfigured

ENGINE = "django.db.backends.postgresql"
PORT = 5432

# There is another server to read from, so a replica is not waited for long.
REPLICA_PATIENCE: dict[str, Any] = {
    "connect_timeout": 2,
    # A silent network is noticed after 5 + 3 seconds, also while a statement waits for its rows.
    "keepalives_idle": 5,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,  # milliseconds
}


def options(*, replica: bool) -> dict[str, Any]:
    """``OPTIONS`` of a direct connection; a replica's session is read-only on the server, too."""
    # Direct connections only: poolers refuse ``options`` or, worse, ignore it.
    read_only = {"options": "-c default_transaction_read_only=on"} if replica else {}
    # A silent server would be waited for without end.
    return {"connect_timeout": 5, **read_only}


def require_driver() -> None:
    """Says how to install the driver, which SQLite can do without.

    Raises:
        ImproperlyConfigured: it is not installed.
    """
    if find_spec("psycopg") is None:
        raise ImproperlyConfigured(
            "DATABASE_HOST is set, but the driver for PostgreSQL is not installed: run "
            "python -m pip install -e '.[postgresql]'."
        )
