"""Reads on replicas, in one process on real servers: positions, choice, health, and what happens without.

Each query asks the server that runs it who it is: the number of a server of the kit is its port.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from benchmarks.frame import Verdicts
from benchmarks.replicas import after_a_while, for_load, in_disorder, killed

from .production import create, drop, serving, variables
from .projects import manage
from .servers import Postgres
from .servers.fixtures import MYSQL, require
from .servers.ports import free_port
from .shell import Failed, Shell, shell

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
    scratch: Path

    @property
    def database(self) -> str:
        return f"{self.slug}_acme" if self.slug == "pair_tenant" else self.slug

    @contextmanager
    def another(self, **env: str) -> Iterator[Shell]:
        """Another process, in another environment."""
        log = self.scratch / f"{uuid4()}.log"
        with shell(self.folder, self.env | env, log, "replicas") as process:
            yield process

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


@pytest.fixture(params=[PROJECTS[0], PROJECTS[3]], ids="-".join)
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
        yield Site(engine, slug, folder, primary, primary.replica, env, process, tmp_path)
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


in_all_projects = pytest.mark.parametrize("site", PROJECTS, ids="-".join, indirect=True)


@in_all_projects
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
    site.shell("states.CHECK_EVERY = 1000")
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
        "settings.REPLICA_MAX_LAG = 0.5; states.CHECK_EVERY = 0.1; states.LONGEST_IF_LATE = 0.5"
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


@in_all_projects
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


@pytest.mark.parametrize("site", PROJECTS[3:], ids="-".join, indirect=True)
def test_a_statement_that_replay_cancels_runs_on_the_primary_unless_in_a_transaction(site):
    site.replica.sql("alter system set max_standby_streaming_delay = 0")
    site.replica.sql("select pg_reload_conf()")
    site.write()
    site.replica.catch_up()
    table = site.shell("table_name()")
    slow = f"SELECT inet_server_port() FROM {table}, pg_sleep(1) LIMIT 1"
    lock = f"begin; lock table {table} in access exclusive mode; commit"
    try:
        site.shell.begin(f"reader({slow!r})")
        time.sleep(0.5)
        site.primary.sql(lock, site.database)
        assert site.role(site.shell.end()) == "primary"
        assert "did not finish runs on" in site.shell.log()
        assert site.reads() == "replica"

        site.shell.begin(f"reader_in_a_transaction({slow!r})")
        time.sleep(0.5)
        site.primary.sql(lock, site.database)
        with pytest.raises(Failed, match="conflict with recovery"):
            site.shell.end()
    finally:
        site.replica.sql("alter system reset max_standby_streaming_delay")
        site.replica.sql("select pg_reload_conf()")


def test_without_a_replica_the_primary_is_read_unless_that_is_switched_off(site):
    nowhere = {"DATABASE_READER_PORT": str(free_port())}
    with site.another(**nowhere) as shell:
        assert site.role(shell("get('/read/0/', client)")["server"]) == "primary"
        assert "No replica of" in shell.log() and "reads go to the primary" in shell.log()
        shell("settings.REPLICA_FALLBACK_PER_SECOND = 2")
        answers = [shell("get('/read/0/', client)") for _ in range(8)]
        assert answers.count(503) >= 4 and answers[0] != 503
    with site.another(REPLICA_FALLBACK="false", **nowhere) as shell:
        assert shell("get('/read/0/', client)") == 503
        assert shell("get('/write/', client)") != 503
        assert "its primary takes no more reads" in shell.log()
    with site.another(REPLICA_FALLBACK="false") as shell:
        assert site.role(shell("get('/read/0/', client)")["server"]) == "replica"


def test_a_client_keeps_its_replica_until_that_is_down(site):
    readers = f"127.0.0.1=1,127.1=1,127.0.0.1:{free_port()}=1"  # two names, and one that is down
    with site.another(DATABASE_READER_HOST=readers) as shell:
        shell("clients = [Client(headers=HOST | {'User-Agent': str(n)}) for n in range(12)]")
        names = "[choices(c) for c in clients]"
        first, again = shell(names), shell(names)
        assert first == again
        primary = shell("PRIMARY")
        assert {name for names in first for name in names} == {f"{primary}_RO", f"{primary}_RO2"}
        assert all(len(names) == 1 for names in first)


def test_any_account_may_ask_for_positions(site):
    if site.engine == "mysql":
        site.primary.sql(
            f"create or replace user plain@'%' identified by '{site.primary.password}'"
        )
        site.primary.sql("grant select, insert, update, delete on *.* to plain@'%'")
    else:
        site.primary.sql(
            "drop owned by plain; drop role plain" if hasattr(site.primary, "plain") else ""
        )
        password = site.primary.password.replace("'", "''")
        site.primary.sql(
            f"create role plain login password '{password}' in role pg_read_all_data, pg_write_all_data"
        )
        site.primary.plain = True
    site.replica.catch_up()
    with site.another(DATABASE_USER="plain") as shell:
        assert site.role(shell("get('/read/0/', client)")["server"]) == "replica"
        assert shell("state()") == "ok"
        assert shell("list(positions_after(insert).values())") != [""]
    shown = manage(site.folder, "databases", "--json", env=site.env | {"DATABASE_USER": "plain"})
    rows = {row["alias"]: row for row in json.loads(shown.stdout)}
    assert rows["ACME_RO"]["state"] == "ok"
    assert rows["ACME"]["position"] and rows["ACME_RO"]["position"]


@pytest.mark.parametrize("site", PROJECTS[::2], ids="-".join, indirect=True)
def test_a_database_that_replication_has_not_brought_yet_is_read_from_its_primary(site):
    with site.another(TENANTS="acme,late") as shell:
        late = "get('/read/0/', Client(headers={'host': HOST['host'].replace('acme', 'late')}))['server']"
        assert site.role(shell("get('/read/0/', client)")["server"]) == "replica"
        with paused(site.replica):
            legacy = site.folder / "legacy" / "conferences" / f"{site.engine}.sql"
            create(site.primary, f"{site.slug}_late", legacy)
            manage(site.folder, "migrate_databases", env=site.env | {"TENANTS": "acme,late"})
            assert site.role(shell(late)) == "primary"
            assert shell("state()") == "ok"
        assert eventually(lambda: site.role(shell(late)) == "replica")
    drop(site.primary, f"{site.slug}_late")


def test_the_session_itself_refuses_writes(site):
    """Also where the server behind a reader's address would take them."""
    place = {"DATABASE_READER_HOST": "127.1", "DATABASE_READER_PORT": str(site.primary.port)}
    with site.another(**place) as shell:
        assert shell("write_to_replica()") == "ReadOnlyDatabase"
        shell("connections[REPLICA].execute_wrappers.clear()")
        assert shell("write_to_replica()") in ("InternalError", "OperationalError")


def test_under_load_no_read_is_stale_and_no_request_fails(site):
    """A short run of benchmarks/replicas.py: replay in disorder, and a replica that is killed."""
    verdicts = Verdicts()
    log = site.scratch / "gunicorn"
    with serving(site.folder, log, for_load(site.folder, site.env), f"{site.slug}.wsgi") as place:
        # In three seconds, one check that a busy machine answers late is a large part.
        in_disorder(verdicts, site.engine, place, site.replica, 240, others=0.2)
        after_a_while(verdicts, site.engine, place, site.replica, 40)
        killed(verdicts, site.engine, place, site.replica, 0.5)
    assert not verdicts.missed
