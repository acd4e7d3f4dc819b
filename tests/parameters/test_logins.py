"""A login that changes on a real server: the next connection that is opened has the new one, open ones stay."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from ..commands import PROBES, run
from ..rendering import ROOT
from ..servers import MariaDB, PgBouncer, Postgres
from ..servers.fixtures import require, server_of

# What became of the connections, and how often the store was asked.
CASES: dict[str, Any] = {
    "after_its_time_to_live": ["one", "one", "one", "one", "two", 1],
    "at_once_after_a_refusal": ["one", "one", "one", "one", 1],
    "once_in_30_seconds": [*["refused"] * 6, "one", 1, 2],
    "a_store_that_is_ahead": ["one", "one", "one", "one"],
    "half_of_a_pair": ["one", "one", "two"],
    "of_threads": [["one"], 10, 1],
    "of_asyncio": [["one"], 1],
    "while_the_store_is_away": ["one", "one", "one", 1],
    "another_error_than_a_refusal": ["refused", "refused", 0],
    "of_a_client_program": ["two", "second"],
    "hidden": ["first", "second"],
    "of_a_lease": [True, True],
    "in_a_pool": ["one", "one"],
}
ACCOUNTS = {
    "postgresql": (
        "create role {user} login superuser password '{password}'",
        "drop role if exists {user}",
    ),
    "mysql": (
        "create user {user}@'%' identified by '{password}'; grant all on *.* to {user}@'%'",
        "drop user if exists {user}@'%'",
    ),
}


@pytest.fixture(scope="module", params=["mysql", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, engine: str) -> Iterator[MariaDB | Postgres]:
    it = server_of(request, engine)
    it.sql("create database logins")
    yield it
    it.sql("drop database logins")


@pytest.fixture(scope="module")
def accounts(engine: str, server: MariaDB | Postgres) -> Iterator[None]:
    """Two of the application, and an administrator's."""
    make, drop = ACCOUNTS[engine]
    for user, password in (("one", "first"), ("two", "second"), ("boss", "boss")):
        server.sql(make.format(user=user, password=password))
    yield
    for user in ("one", "two", "boss"):
        server.sql(drop.format(user=user))


def outcomes(
    cases: Iterable[str], engine: str, server: MariaDB | Postgres, port: int | None = None
) -> Any:
    env = {
        "LOGINS_ENGINE": engine,
        "DIRECT_PORT": str(server.port),
        "LOGINS_PORT": str(port or ""),
        "PYTHONPATH": f"{ROOT / '{{cookiecutter.project_slug}}'}:{PROBES}",
    }
    done = run(PROBES, "-m", "logins", *cases, env=env)
    assert "Traceback" not in done.stderr, done.stderr
    return json.loads(done.stdout)


def test_a_login_that_changes(engine, server, accounts):
    has_pool = engine == "postgresql"  # Django has none for MySQL
    cases = {case: found for case, found in CASES.items() if has_pool or case != "in_a_pool"}
    assert outcomes(cases, engine, server) == cases


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_password_that_changes_behind_pgbouncer(engine, server, accounts):
    """PgBouncer asks the server for each login, as deploy/pgbouncer has it."""
    require("PgBouncer")
    settings = {
        "auth_user": "boss",
        "auth_query": "select usename, passwd from pg_shadow where usename = $1",
    }
    pooler = PgBouncer(server.base, server, "pgbouncer-logins", settings=settings)
    try:
        pooler.start()
        (pooler.data / "users.txt").write_text('"boss" "boss"\n"postgres" ""\n')
        pooler.sql("reload")
        cases = ("at_once_after_a_refusal", "after_its_time_to_live")
        found = outcomes(cases, engine, server, pooler.port)
        assert found == {case: CASES[case] for case in cases}
    finally:
        pooler.stop()
