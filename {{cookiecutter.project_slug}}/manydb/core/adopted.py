"""Connections to adopted databases, each on a server of its own and perhaps of another engine.

Where one is and who may log in is told by parameters named after its alias, such as
``CHINOOK_DATABASE_HOST``: development has them in ``.env``, production where its parameters are.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from manydb.core.aliases import Database
from manydb.core.credentials import source_of
from manydb.core.deadlines import of_requests
from manydb.core.entries import READ_ONLY_FILE

Parameters = Callable[..., str]  # name and default; if the default is None, it must be there

CA_FILE = "/etc/ssl/certs/ca-certificates.crt"  # what vouches for a server, unless a parameter names another file
ENGINES = ("sqlite", "mysql", "postgresql")
PORTS = {"mysql": 3306, "postgresql": 5432}
# The server refuses writes as well, to whatever gets past our guards.
_READ_ONLY = {
    "mysql": {"init_command": "SET SESSION TRANSACTION READ ONLY"},
    "postgresql": {"options": "-c default_transaction_read_only=on"},
}


def parameter(alias: str, what: str) -> str:
    """The name of a parameter: ``CHINOOK_DATABASE_HOST``."""
    return f"{alias.upper()}_DATABASE_{what}"


def parameters(database: Database) -> list[str]:
    """The names of those that this database needs."""
    words = (
        ["NAME"] if database.engine == "sqlite" else ["HOST", "PORT", "NAME", "USER", "PASSWORD"]
    )
    return [parameter(database.alias, word) for word in words]


def from_parameters(
    get: Parameters, *, tls: bool, required: bool = True, **more: Any
) -> Callable[[Database], dict[str, Any]]:
    """For ``manydb.databases(legacy=…)``: each adopted database is where the parameters of its name say.

    Args:
        get: gives a parameter, such as ``get_param`` or ``env.str``.
        tls: whether a server's certificate is checked unless a parameter says otherwise.
        required: False in development, where a database without parameters is away and the others work.
        more: further keys of each entry, such as ``CONN_MAX_AGE=60``.
    """

    def known(name: str, default: str | None = None) -> str:
        if default is None and not required:
            default = f"{name}-is-not-set"
        return get(name, default)

    return lambda database: adopted_connection(database, known, tls=tls) | more


def adopted_connection(database: Database, get: Parameters, *, tls: bool) -> dict[str, Any]:
    """The settings of an adopted database; ``READER`` is what differs for its replicas, if it has some."""
    if database.engine == "sqlite":
        return _file(database, Path(get(parameter(database.alias, "NAME"), None)))
    return _server(
        database, lambda what, default=None: get(parameter(database.alias, what), default), tls
    )


def _file(database: Database, path: Path) -> dict[str, Any]:
    if database.read_only:
        return {"ENGINE": READ_ONLY_FILE, "NAME": path}
    # rw: a file that is not there is an error. By its path alone SQLite would make one, empty.
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": f"{path.absolute().as_uri()}?mode=rw",
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
    }


def _server(database: Database, get: Callable[..., str], tls: bool) -> dict[str, Any]:
    engine = str(database.engine)
    options: dict[str, Any] = {"connect_timeout": 5}  # seconds
    if database.read_only:
        options |= _READ_ONLY[engine]
    if get("TLS", "true" if tls else "false") != "false":
        options |= _verified(engine, get("CA_FILE", CA_FILE))
    login = {"USER": get("USER"), "PASSWORD": get("PASSWORD")}
    readers = get("READER_HOST", "")
    return ({"READER": {"HOST": readers}} if readers else {}) | {
        "ENGINE": _backend(engine, rotates=bool(source_of(login)), spatial=get("SPATIAL", "false")),
        "HOST": get("HOST"),
        "PORT": int(get("PORT", "") or PORTS[engine]),
        "NAME": get("NAME", database.name),
        **login,
        "DEADLINES": of_requests(),
        "OPTIONS": options,
    }


def _backend(engine: str, *, rotates: bool, spatial: str) -> str:
    if spatial != "false":
        # GeoDjango's backends are its own: they take a login as it is.
        return f"django.contrib.gis.db.backends.{'postgis' if engine == 'postgresql' else engine}"
    return f"{'manydb.backends.rotating_' if rotates else 'django.db.backends.'}{engine}"


def _verified(engine: str, ca_file: str) -> dict[str, Any]:
    if engine == "mysql":
        return {"ssl_mode": "VERIFY_IDENTITY", "ssl": {"ca": ca_file}}
    return {"sslmode": "verify-full", "sslrootcert": ca_file}
