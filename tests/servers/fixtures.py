"""pytest: one of each server per session, for `pytest_plugins = ["tests.servers.fixtures"]`.

A server is started when the first test asks for it and stopped by the session that started it;
under xdist every worker has its own. What a machine lacks is left out with a sentence that says
what to do; with REQUIRE_SERVERS=1 it is a failure instead.

A test that pauses, delays, stops or kills a server brings it back before it ends: others share it.
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import MariaDB, MySQL, PgBouncer, Postgres, missing, workplace

# database_engine=mysql means either. Debian has MariaDB; TEST_MYSQL=mysql puts MySQL in its place.
MYSQL = MySQL if os.environ.get("TEST_MYSQL") == "mysql" else MariaDB
ENGINES = {"mysql": MYSQL, "postgresql": Postgres}


def leave_out(reason: str) -> None:
    """Skip the running test with this reason; fail it where everything must run."""
    __tracebackhide__ = True
    if os.environ.get("REQUIRE_SERVERS") == "1":
        pytest.fail(f"{reason} (REQUIRE_SERVERS=1 lets nothing be left out)", pytrace=False)
    pytest.skip(reason)


def require(*names: str) -> None:
    """Leave the running test out unless PostgreSQL, MariaDB, PgBouncer or mysqlclient are here."""
    __tracebackhide__ = True
    wanted = (MYSQL.__name__ if name == "MariaDB" else name for name in names)
    if sentences := missing(*wanted):
        leave_out("; ".join(sentences))


def require_engine(engine: str) -> None:
    """Leave the running test out unless a project with this `database_engine` has its server here."""
    __tracebackhide__ = True
    require(*{"mysql": ("MariaDB", "mysqlclient"), "postgresql": ("PostgreSQL",)}[engine])


def server_of(
    request: pytest.FixtureRequest, engine: str, *, replicated: bool = False
) -> MariaDB | Postgres:
    """The session's server of a `database_engine`; its `replica` runs if the test asks for that."""
    require_engine(engine)
    name = {"mysql": "mariadb", "postgresql": "postgres"}[engine]
    if replicated:
        request.getfixturevalue(f"{name}_replica")
    server: MariaDB | Postgres = request.getfixturevalue(name)
    return server


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    with workplace() as base:
        yield base


@pytest.fixture(scope="session")
def postgres(server_folder: Path) -> Iterator[Postgres]:
    require("PostgreSQL")
    with Postgres(server_folder) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_replica(postgres: Postgres) -> Iterator[Postgres]:
    with postgres.standby() as server:
        yield server


@pytest.fixture(scope="session")
def pgbouncer(postgres: Postgres, postgres_replica: Postgres) -> Iterator[PgBouncer]:
    """In front of the primary, and its `replica` in front of the standby."""
    require("PgBouncer")
    with PgBouncer(postgres.base, postgres) as server, server.standby():
        yield server


@pytest.fixture(scope="session")
def mariadb(server_folder: Path) -> Iterator[MariaDB]:
    require("MariaDB")
    with MYSQL(server_folder) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_replica(mariadb: MariaDB) -> Iterator[MariaDB]:
    with mariadb.standby() as server:
        yield server


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what this machine could not run, and why: a lone `s` is easily overlooked."""
    skipped = terminalreporter.getreports("skipped")
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in skipped
        if isinstance(report.longrepr, tuple)
    )
    if reasons:
        terminalreporter.section("left out on this machine")
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count} test{'s' if count > 1 else ''}: {reason}")
