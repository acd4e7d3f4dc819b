"""MySQL and MariaDB, reached directly: how development and tests connect, and how patient any reader is."""

from importlib.util import find_spec
from typing import Any

from django.core.exceptions import ImproperlyConfigured

ENGINE = "django.db.backends.mysql"
PORT = 3306

# There is another server to read from, so a replica is not waited for long.
REPLICA_PATIENCE: dict[str, Any] = {
    "connect_timeout": 2,
    "read_timeout": 10,  # seconds of silence, such as a frozen server's; longer reports need more
}


def options(*, replica: bool) -> dict[str, Any]:
    """``OPTIONS`` of a direct connection; a replica's session is read-only on the server, too."""
    # Pinning the charset or sql_mode here would only repeat Django's default and weaken the server's.
    read_only = {"init_command": "SET SESSION TRANSACTION READ ONLY"} if replica else {}
    # A silent server would be waited for without end.
    return {"connect_timeout": 5, **read_only}


def require_driver() -> None:
    """Says how to install the driver, which SQLite can do without.

    Raises:
        ImproperlyConfigured: it is not installed.
    """
    if find_spec("MySQLdb") is None:
        raise ImproperlyConfigured(
            "DATABASE_HOST is set, but the driver for MySQL is not installed: run "
            "python -m pip install -e '.[mysql]' (it is built from source: on Debian first "
            "apt-get install default-libmysqlclient-dev build-essential pkg-config, "
            "on macOS brew install mysql-client pkg-config)."
        )
