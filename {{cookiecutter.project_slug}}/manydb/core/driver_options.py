"""The OPTIONS that each engine's driver takes, and their values: what Django itself looks at when it connects.

Sources: Django, "Databases"; libpq, "Parameter Key Words"; psycopg, ``Connection.connect()`` and ``ConnectionPool``;
mysqlclient, ``MySQLdb.connect()``; Python, ``sqlite3.connect()``. For the engines of Django and of this package;
those of others have drivers and options of their own.
"""

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any

from manydb.core.entries import vendor

_POSTGRESQL_OF_DJANGO = frozenset({"assume_role", "isolation_level", "pool", "server_side_binding"})
_POSTGRESQL_OF_PSYCOPG = frozenset(
    {"autocommit", "context", "cursor_factory", "prepare_threshold", "row_factory"}
)
_LIBPQ = frozenset(
    [
        "application_name",
        "channel_binding",
        "client_encoding",
        "connect_timeout",
        "dbname",
        "fallback_application_name",
        "gssdelegation",
        "gssencmode",
        "gsslib",
        "host",
        "hostaddr",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "krbsrvname",
        "load_balance_hosts",
        "options",
        "passfile",
        "password",
        "port",
        "replication",
        "require_auth",
        "requirepeer",
        "service",
        "sslcert",
        "sslcertmode",
        "sslcompression",
        "sslcrl",
        "sslcrldir",
        "sslkey",
        "ssl_max_protocol_version",
        "ssl_min_protocol_version",
        "sslmode",
        "sslnegotiation",
        "sslpassword",
        "sslrootcert",
        "sslsni",
        "target_session_attrs",
        "tcp_user_timeout",
        "user",
    ]
)
_MYSQL = frozenset(
    [
        "auth_plugin",
        "autocommit",
        "binary_prefix",
        "charset",
        "client_flag",
        "collation",
        "compress",
        "connect_timeout",
        "conv",
        "cursorclass",
        "database",
        "db",
        "executemany_fallback",
        "host",
        "init_command",
        "isolation_level",
        "local_infile",
        "local_infile_dir",
        "multi_statements",
        "named_pipe",
        "passwd",
        "password",
        "port",
        "read_default_file",
        "read_default_group",
        "read_timeout",
        "server_public_key_path",
        "sql_mode",
        "ssl",
        "ssl_mode",
        "unix_socket",
        "use_unicode",
        "user",
        "write_timeout",
    ]
)
_SQLITE = frozenset(
    [
        "cached_statements",
        "check_same_thread",
        "detect_types",
        "factory",
        "init_command",
        "timeout",
        "transaction_mode",
        "uri",
    ]
)
# What has a key of its own in an entry, and is asked for there.
PLACES = {
    "postgresql": {
        "dbname": "NAME",
        "host": "HOST",
        "port": "PORT",
        "user": "USER",
        "password": "PASSWORD",
    },
    "mysql": {
        "database": "NAME",
        "db": "NAME",
        "host": "HOST",
        "unix_socket": "HOST",
        "port": "PORT",
        "user": "USER",
        "passwd": "PASSWORD",
        "password": "PASSWORD",
    },
    "sqlite": {"database": "NAME"},
}
MYSQL_LEVELS = (
    "read uncommitted",
    "read committed",
    "repeatable read",
    "serializable",
)
TRANSACTION_MODES = ("DEFERRED", "EXCLUSIVE", "IMMEDIATE")
# Of psycopg's pool, without what Django gives it.
_POOL = frozenset(
    [
        "close_returns",
        "connection_class",
        "max_idle",
        "max_lifetime",
        "max_size",
        "max_waiting",
        "min_size",
        "name",
        "num_workers",
        "reconnect_failed",
        "reconnect_timeout",
        "reset",
        "timeout",
    ]
)
_TEST = frozenset({"DEPENDENCIES", "MIGRATE", "MIRROR", "NAME"})
_TEST_OF_ENGINE = {
    "postgresql": frozenset({"CHARSET", "TEMPLATE"}),
    "mysql": frozenset({"CHARSET", "COLLATION"}),
}


def is_known_engine(settings: Mapping[str, Any]) -> bool:
    """Whether the options of this entry's engine are known here."""
    return bool(vendor(settings)) and str(settings.get("ENGINE")).startswith(("django.", "manydb."))


def unknown(settings: Mapping[str, Any]) -> list[str]:
    """The OPTIONS that this entry's driver does not take."""
    # init_command on PostgreSQL has a rule of its own, which says what to write.
    known = _known(vendor(settings)) | PLACES[vendor(settings)].keys() | {"init_command"}
    return sorted(str(name) for name in (settings.get("OPTIONS") or {}) if name not in known)


@cache
def _known(engine: str) -> frozenset[str]:
    if engine == "postgresql":
        return _LIBPQ | _libpq_here() | _POSTGRESQL_OF_DJANGO | _POSTGRESQL_OF_PSYCOPG
    return _MYSQL if engine == "mysql" else _SQLITE


def _libpq_here() -> frozenset[str]:
    """What the libpq of this machine takes, which may be newer than the list above; nothing without psycopg."""
    try:
        from psycopg import pq
    except ImportError:
        return frozenset()
    return frozenset(option.keyword.decode() for option in pq.Conninfo.get_defaults())


def bad_level(settings: Mapping[str, Any]) -> bool:
    """Whether OPTIONS["isolation_level"] is no level of this entry's driver."""
    options = settings.get("OPTIONS") or {}
    if "isolation_level" not in options or vendor(settings) == "sqlite":
        return False
    level = options["isolation_level"]
    if vendor(settings) == "mysql":
        return bool(level) and str(level).lower() not in MYSQL_LEVELS
    return not (isinstance(level, int) and level in (1, 2, 3, 4))  # psycopg.IsolationLevel


def unknown_of_pool(settings: Mapping[str, Any]) -> list[str]:
    """The keys of OPTIONS["pool"] that psycopg's pool does not take from Django."""
    pool = (settings.get("OPTIONS") or {}).get("pool")
    return sorted(set(pool) - _POOL) if isinstance(pool, Mapping) else []


def bad_pool(settings: Mapping[str, Any]) -> bool:
    """Whether OPTIONS["pool"] is neither a bool nor a dict."""
    pool = (settings.get("OPTIONS") or {}).get("pool")
    return pool is not None and not isinstance(pool, bool | Mapping)


def lacks_pool() -> bool:
    """Whether psycopg's pool, a package of its own, is missing here."""
    return find_spec("psycopg_pool") is None


def unknown_of_test(settings: Mapping[str, Any]) -> list[str]:
    """The keys of TEST that do nothing on this entry's engine, or stop the tests."""
    known = _TEST | _TEST_OF_ENGINE.get(vendor(settings), frozenset())
    # Django fills in those that it knows, with None.
    return sorted(k for k, v in (settings.get("TEST") or {}).items() if k not in known and v)
