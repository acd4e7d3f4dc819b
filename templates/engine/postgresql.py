"""PostgreSQL, reached directly: what development and tests connect with."""

from importlib.util import find_spec
from typing import Any

from django.core.exceptions import ImproperlyConfigured

ENGINE = "django.db.backends.postgresql"
PORT = 5432


def options(*, replica: bool) -> dict[str, Any]:
    """``OPTIONS`` of a direct connection; a replica's session is read-only on the server, too."""
    # Direct connections only: poolers refuse ``options`` or, worse, ignore it.
    read_only = {"options": "-c default_transaction_read_only=on"} if replica else {}
    return {
        "connect_timeout": 5,
        **read_only,
    }  # seconds; a silent server would be waited for without end


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
