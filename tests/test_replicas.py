"""Reads on replicas, in one process on real servers: positions, choice, health, and what happens without.

Each query asks the server that runs it who it is: the number of a server of the kit is its port.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .production import create, variables
from .projects import manage
from .servers import Postgres
from .servers.fixtures import MYSQL, require
from .shell import Shell, shell

PROJECTS = [
    (engine, router) for engine in ("mysql", "postgresql") for router in ("tenant", "replica")
]


@dataclass
class Site:
    """A project in production, its servers, and a process of it."""

    engine: str
    slug: str
    folder: Path
    primary: Any
    replica: Any
    env: dict[str, str]
    shell: Shell

    def role(self, number: int) -> str:
        return {self.primary.port: "primary", self.replica.port: "replica"}[number]

    def write(self, client: str = "client") -> int:
        pk: int = self.shell(f"get('/write/', {client})")["pk"]
        return pk

    def reads(self, pk: int = 0, client: str = "client") -> str:
        """Which server answers, and that it has the row."""
        answer = self.shell(f"get('/read/{pk}/', {client})")
        assert answer["found"] or not pk, "a stale read"
        return self.role(answer["server"])


@pytest.fixture(scope="module")
def servers(server_folder: Path) -> Iterator[dict[str, Any]]:
    """Pairs of this module alone, to be paused and killed."""
    require("MariaDB", "mysqlclient")
    require("PostgreSQL")
    with (
        MYSQL(server_folder, "mysql-pair") as mysql,
        mysql.standby("mysql-pair-replica"),
        Postgres(server_folder, "postgresql-pair") as postgresql,
        postgresql.standby("postgresql-pair-replica"),
    ):
        yield {"mysql": mysql, "postgresql": postgresql}


@pytest.fixture(params=PROJECTS, ids="-".join)
def site(
    request: pytest.FixtureRequest, servers: dict[str, Any], rendered: Any, tmp_path: Path
) -> Iterator[Site]:
    """With a process that has just started, and a replica that is well before and after."""
    engine, router = request.param
    slug = f"pair_{router}"
    folder = rendered(database_engine=engine, router=router, project_slug=slug)
    primary = servers[engine]
    env = variables(slug, primary) | {"TENANTS": "acme"}
    if not hasattr(primary, slug):  # once
        create(primary, "accounts", folder / "legacy" / "accounts" / f"{engine}.sql")
        create(primary, f"{slug}_acme", folder / "legacy" / "conferences" / f"{engine}.sql")
        create(primary, slug)
        manage(folder, "migrate_databases", env=env)
        setattr(primary, slug, True)
    primary.replica.catch_up()
    with shell(folder, env, tmp_path / "log", "replicas") as process:
        yield Site(engine, slug, folder, primary, primary.replica, env, process)
    primary.replica.catch_up()


@contextmanager
def paused(replica: Any) -> Iterator[None]:
    """It receives, and applies nothing, while the block lasts."""
    replica.pause_replay()
    try:
        yield
    finally:
        replica.resume_replay()
        replica.catch_up()


@contextmanager
def cut_off(site: Site) -> Iterator[None]:
    """It receives nothing, and has applied all that it has got."""
    mysql = site.engine == "mysql"
    conninfo = "" if mysql else site.replica.sql("show primary_conninfo")

    def connect_to(place: str) -> None:
        site.replica.sql(
            f"alter system set primary_conninfo = '{place.replace(chr(39), chr(39) * 2)}'"
        )
        site.replica.sql("select pg_reload_conf()")

    if mysql:
        site.replica.sql("stop slave io_thread")
    else:
        connect_to("")
        site.replica.wait_until(
            lambda: site.replica.sql("select count(*) from pg_stat_wal_receiver") == "0", "cut off"
        )
    try:
        yield
    finally:
        if mysql:
            site.replica.sql("start slave io_thread")
        else:
            connect_to(conninfo)
        site.replica.catch_up()


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


# Positions


def test_a_client_reads_the_primary_until_the_replica_has_what_it_wrote(site):
    assert site.reads() == "replica"
    with paused(site.replica):
        written = site.write()
        assert site.reads(written) == "primary"
        assert site.reads(client="stranger") == "replica"
    assert site.reads(written) == "replica"


def test_what_was_really_executed_counts_and_the_position_is_that_of_the_commit(site):
    primary = site.shell("PRIMARY")
    for view in ("insert", "insert_in_a_transaction", "delete_raw"):
        before = site.primary.position()
        carried = site.shell(f"positions_after({view})")
        assert list(carried) == [primary], view
        assert not site.shell(f"covers({before!r}, {carried[primary]!r})"), view
        assert site.shell(f"covers({site.primary.position()!r}, {carried[primary]!r})"), view
    assert site.shell("positions_after(insert_and_roll_back)").keys() == {primary}
    assert site.shell("positions_after(only_read)") == {}
    assert not site.shell("response_to(only_read).has_header('Vary')")


def test_an_api_client_carries_the_header(site):
    assert site.reads() == "replica"
    with paused(site.replica):
        site.shell("header = response_to(insert).headers['Database-Positions']")
        assert site.role(site.shell("get('/read/0/', stranger)['server']")) == "replica"
        with_it = "get('/read/0/', stranger, **{'Database-Positions': header})['server']"
        assert site.role(site.shell(with_it)) == "primary"
        site.shell("header = header[:-1] + ('A' if header[-1] != 'A' else 'B')")
        assert site.role(site.shell(with_it)) == "replica"  # not signed by us


def test_a_position_is_asked_for_at_most_once_per_request_and_not_once_it_is_known(site):
    asked = "len([s for s in statements(lambda: get('/read/0/', client), REPLICA) if 'gtid' in s or 'lsn' in s])"
    site.write()
    site.replica.catch_up()
    site.shell("health.CHECK_EVERY = 1000")
    assert site.reads() == "replica"
    assert site.shell(asked) == 0
    with paused(site.replica):
        site.write()
        assert site.shell(asked) == 1
    assert site.shell(asked) == 1
    assert site.shell(asked) == 0


def test_outside_of_requests_a_thread_sees_what_it_wrote(site):
    assert site.role(site.shell("reads_here()")) == "replica"
    with paused(site.replica):
        site.shell("insert()")
        assert site.role(site.shell("reads_here()")) == "primary"
        time.sleep(1.1)
        assert site.role(site.shell("reads_here()")) == "primary"
    time.sleep(1.1)
    assert site.role(site.shell("reads_here()")) == "replica"


# Health


@pytest.mark.parametrize("fault", ["paused", "cut off"])
def test_a_replica_that_falls_behind_is_left_out_and_comes_back(site, fault):
    site.shell(
        "settings.REPLICA_MAX_LAG = 0.5; health.CHECK_EVERY = 0.1; health.LONGEST_PAUSE = 0.5"
    )
    assert site.reads(client="stranger") == "replica"
    time.sleep(1)  # an idle primary does not make its replica late
    assert site.reads(client="stranger") == "replica"
    with paused(site.replica) if fault == "paused" else cut_off(site):
        assert site.reads(client="stranger") == "replica"
        site.write()
        assert eventually(lambda: site.reads(client="stranger") == "primary")
        assert site.shell("state()") == "stopped"
    assert eventually(lambda: site.reads(client="stranger") == "replica")
    assert site.shell("changes")[:1] == [["new", "ok"]] and site.shell("changes")[-1][1] == "ok"
    assert "is stopped: it does not replicate" in site.shell.log()


def test_a_killed_replica_is_not_missed_and_comes_back_by_itself(site):
    assert site.reads() == "replica"
    try:
        site.replica.kill()
        started = time.monotonic()
        assert [site.reads() for _ in range(5)] == ["primary"] * 5
        assert time.monotonic() - started < 1
        assert site.shell("state()") == "down"
    finally:
        site.replica.start()
    assert eventually(lambda: site.reads() == "replica")
    assert site.shell("changes") == [["new", "ok"], ["ok", "down"], ["down", "ok"]]


def test_a_statement_under_way_when_its_replica_dies_runs_on_the_primary(site):
    sleep = {
        "mysql": "SELECT @@server_id + SLEEP(1)",
        "postgresql": "SELECT inet_server_port() FROM pg_sleep(1)",
    }
    site.shell("reader()")
    try:
        site.shell.begin(f"reader({sleep[site.engine]!r})")
        time.sleep(0.5)
        site.replica.kill()
        assert site.role(site.shell.end()) == "primary"
        assert site.reads() == "primary"
    finally:
        site.replica.start()
