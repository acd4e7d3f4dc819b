"""``migrate_databases`` over many tenants of real servers: killed, stopped, twice at once, in shards."""

import fcntl
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .deployed import lint
from .production import drop
from .projects import environment, manage
from .renderings import ROOT
from .servers.fixtures import require

SERVERS = {"mysql": "mariadb", "postgresql": "postgres"}
SLUG = "fleet"
TENANTS = [f"t{number}" for number in range(1, 7)]
DATABASES = [SLUG, *(f"{SLUG}_{tenant}" for tenant in TENANTS)]
ALIASES = [tenant.upper() for tenant in TENANTS]

# One table before and one after a pause: what is begun can be told from what is done.
MIGRATION = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("conferences", "0001_initial")]
    operations = [
        migrations.RunSQL("CREATE TABLE begun (id int)"),
        migrations.RunSQL("{pause}"),
        migrations.RunSQL("CREATE TABLE done (id int)"),
    ]
"""
PAUSE = {"mysql": "DO SLEEP({})", "postgresql": "SELECT pg_sleep({})"}


AT_WORK = {
    "mysql": "select count(*) from information_schema.processlist where info like 'DO SLEEP%'",
    "postgresql": "select count(*) from pg_stat_activity where wait_event = 'PgSleep'",
}
KUBERNETES, AWS_BATCH = "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"


class Fleet:
    """A project with six tenants that are up to date, and a server that can be asked about them."""

    def __init__(self, folder: Path, server: Any, engine: str) -> None:
        self.folder, self.server, self.engine = folder, server, engine
        self.env = server.environment() | {"TENANTS": ",".join(TENANTS)}
        self.migration = folder / SLUG / "conferences" / "migrations" / "0002_pause.py"

    def release(self, pause: float) -> None:
        """A new migration for every tenant, which takes this many seconds."""
        self.migration.write_text(MIGRATION.format(pause=PAUSE[self.engine].format(pause)))

    def run(self, *options: str, check: bool = True, **env: str) -> Any:
        return manage(self.folder, "migrate_databases", *options, env=self.env | env, check=check)

    def start(self, *options: str) -> "subprocess.Popen[str]":
        """The same, not waited for, in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "manage.py", "migrate_databases", *options],
            cwd=self.folder,
            env=environment(self.env),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def having(self, table: str) -> set[str]:
        """The tenants that have this table."""
        schema = "'public'" if self.engine == "postgresql" else "database()"
        query = (
            "select count(*) from information_schema.tables "
            f"where table_name = '{table}' and table_schema = {schema}"
        )
        return {t.upper() for t in TENANTS if self.server.sql(query, f"{SLUG}_{t}") == "1"}

    def wait_until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def where(self, condition: str) -> set[str]:
        """The tenants whose row in the catalog says so."""
        names = self.server.sql(f"select name from tenants_tenant where {condition}", SLUG)
        return {name.upper() for name in names.split()}


@pytest.fixture(scope="module")
def kept(request: Any, rendered: Any, tmp_path_factory: Any) -> Iterator[Fleet]:
    """The fleet, made once; its tests put back what they change."""
    engine = request.param
    if engine == "mysql":
        require("MariaDB", "mysqlclient")
    source = rendered(database_engine=engine, router="tenant", project_slug=SLUG)
    folder = Path(shutil.copytree(source, tmp_path_factory.mktemp("fleet") / engine))
    fleet = Fleet(folder, request.getfixturevalue(SERVERS[engine]), engine)
    manage(folder, "bootstrap", env=fleet.env)
    yield fleet
    for name in DATABASES:
        drop(fleet.server, name)


on_each_engine = pytest.mark.parametrize("kept", SERVERS, indirect=True)
on_mysql = pytest.mark.parametrize("kept", ["mysql"], indirect=True)
on_postgresql = pytest.mark.parametrize("kept", ["postgresql"], indirect=True)


@pytest.fixture
def fleet(kept: Fleet) -> Iterator[Fleet]:
    yield kept
    kept.migration.unlink(missing_ok=True)
    noted = "delete from django_migrations where name = '0002_pause'"
    for name in (f"{SLUG}_{tenant}" for tenant in TENANTS):
        kept.server.sql(f"drop table if exists begun; drop table if exists done; {noted}", name)
    kept.server.sql(noted, SLUG)
    kept.server.sql("update tenants_tenant set state = 'ready', error = '', step = ''", SLUG)


def lines_of(done: Any) -> dict[str, str]:
    """What the command said of each alias."""
    parts = (line.partition(": ") for line in (done.stdout + done.stderr).splitlines())
    return {alias: said for alias, _, said in parts if alias.isupper()}


@on_each_engine
def test_a_run_that_was_killed_is_repeated_and_does_only_the_rest(fleet):
    fleet.release(0.4)
    running = fleet.start("--jobs", "2")
    fleet.wait_until(lambda: len(fleet.having("done")) >= 2)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    complete = fleet.having("done")
    assert 2 <= len(complete) < 6
    assert (killed := fleet.where("step = 'migrating'"))

    again = fleet.run("--jobs", "2", check=False)
    assert f"still works: {', '.join(sorted(killed))}." in again.stdout
    said = lines_of(again)
    assert {alias for alias in ALIASES if said[alias] == "up to date"} >= complete
    failed = {alias for alias in ALIASES if "already exists" in said[alias]}
    if fleet.engine == "postgresql":
        assert again.returncode == 0 and not failed
    else:
        # MySQL kept the first table: the sentence names the migration and says what to do.
        assert again.returncode == 1 and failed and failed <= killed
        assert fleet.where("error like '%already exists%' and fingerprint = ''") == failed
        for alias in failed:
            assert re.search(r"\(conferences.0002_pause\) \(M\w+ keeps what this", said[alias])
            fleet.server.sql("drop table begun", f"{SLUG}_{alias.lower()}")
        fleet.run("--jobs", "2")
    assert fleet.having("done") == set(ALIASES)
    assert fleet.run("--check").stdout.splitlines()[-1] == "In all: 7 current."
    current = "step = '' and error = '' and fingerprint <> '' and migrated_at is not null"
    assert fleet.where(current) == set(ALIASES)


@on_postgresql
def test_when_only_the_run_is_killed_its_processes_finish_what_they_are_at(fleet):
    fleet.release(0.4)
    running = fleet.start("--jobs", "2")
    fleet.wait_until(lambda: fleet.server.sql(AT_WORK[fleet.engine]) != "0")
    running.kill()
    running.communicate(timeout=30)  # they have the same standard output
    assert 1 <= len(fleet.having("done")) <= 4
    assert fleet.run().stdout.splitlines()[-1].startswith("In all: ")
    assert fleet.having("done") == set(ALIASES)


@on_each_engine
def test_two_runs_at_once_do_each_database_once(fleet):
    fleet.release(0.5)
    runs = [fleet.start("--jobs", "2") for _ in range(2)]
    ends = [run.communicate(timeout=60) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], ends
    applied = [line for out, _ in ends for line in out.splitlines() if ": applied 1" in line]
    assert sorted(line.split(":")[0] for line in applied) == [
        "T1",
        "T2",
        "T3",
        "T4",
        "T5",
        "T6",
        "default",
    ]


@on_each_engine
def test_who_will_not_wait_is_told_who_is_at_work(fleet):
    fleet.release(4)
    first = fleet.start("--only", "T1")
    fleet.wait_until(lambda: fleet.server.sql(AT_WORK[fleet.engine]) != "0")
    second = fleet.run("--only", "T1", "--wait", "1", check=False)
    assert second.returncode == 1
    assert re.search(r"T1: AnotherRun: session \d+ of \S+ migrates it", second.stderr)
    assert first.wait(timeout=60) == 0
    assert fleet.having("done") == {"T1"}


@on_postgresql
def test_a_process_that_dies_costs_its_own_database_only(fleet):
    fleet.release(0.5)
    running = fleet.start("--jobs", "2")
    fleet.wait_until(lambda: fleet.server.sql(AT_WORK[fleet.engine]) != "0")
    children = Path(f"/proc/{running.pid}/task").glob("*/children")
    workers = [int(pid) for each in children for pid in each.read_text().split()]
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    out, error = running.communicate(timeout=60)
    assert running.returncode == 1 and "Traceback" not in error
    assert re.search(r"^T\d: its process was killed by signal 9\.$", error, re.MULTILINE)
    assert error.splitlines()[-1].startswith("CommandError: 1 of 7 databases failed: T")
    assert out.count("applied") == 6


@on_mysql
def test_sigterm_stops_it_between_two_databases(fleet):
    fleet.release(0.5)
    running = fleet.start("--jobs", "2")
    fleet.wait_until(lambda: fleet.having("done"))
    running.terminate()
    out, error = running.communicate(timeout=60)
    assert running.returncode == 1
    assert re.match(r"CommandError: Stopped\. In all: .*\d migrated\. Run it again for", error)
    assert fleet.having("begun") == fleet.having("done") != set(ALIASES)
    assert out.count(": applied") == len(fleet.having("done")) + 1


@on_postgresql
def test_tenants_that_are_not_ready_are_skipped_and_suspended_ones_are_not(fleet):
    for tenant, state in (("t1", "creating"), ("t2", "suspended"), ("t3", "failed")):
        fleet.server.sql(
            f"update tenants_tenant set state = '{state}' where name = '{tenant}'", SLUG
        )
    fleet.release(0)
    done = fleet.run()
    said = lines_of(done)
    assert said["T1"] == "skipped, it is creating" and said["T3"] == "skipped, it is failed"
    assert fleet.having("done") == {"T2", "T4", "T5", "T6"}
    assert done.stdout.splitlines()[-1] == "In all: 5 migrated, 2 skipped."
    assert "T1: skipped" in fleet.run("--check").stdout


@on_mysql
def test_canaries_come_first(fleet):
    fleet.release(0)
    fleet.server.sql("create table done (id int)", f"{SLUG}_t2")
    done = fleet.run("--canary", "2", check=False)
    assert done.stderr.splitlines()[-1].endswith(
        "1 of 3 databases failed: T2. The other tenants were left as they are."
    )
    assert set(lines_of(done)) == {"T1", "T2"}
    fleet.server.sql("drop table if exists done; drop table if exists begun", f"{SLUG}_t2")
    said = list(lines_of(fleet.run("--canary", "T5", "--canary", "1")))
    assert said == ["T5", "T1", "T2", "T3", "T4", "T6"]


@on_postgresql
def test_jobs_of_a_scheduler_share_the_work(fleet):
    fleet.release(0)
    indexes = [{KUBERNETES: "0"}, {KUBERNETES: "1"}, {AWS_BATCH: "2"}]
    shards = [lines_of(fleet.run("--shard", "job/3", **index)) for index in indexes]
    assert sorted(alias for shard in shards for alias in shard) == ALIASES
    assert fleet.having("done") == set(ALIASES)
    for wrong in ({KUBERNETES: "3"}, {}):
        done = fleet.run("--shard", "job/3", check=False, **wrong)
        assert "'job/3'" in done.stderr.splitlines()[-1]


@pytest.fixture
def wide(fleet: Fleet) -> Iterator[Fleet]:
    """The fleet with one more app, whose migrations hold one of each kind of operation."""
    app, settings = fleet.folder / "wide", fleet.folder / SLUG / "settings" / "base.py"
    before = settings.read_text()
    shutil.copytree(ROOT / "tests" / "probes" / "wide", app)
    settings.write_text(before.replace("INSTALLED_APPS = [", 'INSTALLED_APPS = [\n    "wide",'))
    yield fleet
    settings.write_text(before)
    shutil.rmtree(app)
    tables = "wide_note_others, wide_note, wide_topic, wide_mark, wide_extra"
    for tenant in TENANTS[:4]:
        fleet.server.sql(
            f"drop table {tables}; delete from django_migrations where app = 'wide'",
            f"{SLUG}_{tenant}",
        )


COLUMNS = (
    "select table_name, column_name, ordinal_position, data_type, is_nullable, column_default, "
    "character_maximum_length, numeric_precision from information_schema.columns "
    "where table_schema = {} order by 1, 2"
)
INDEXES = {
    "mysql": "select table_name, index_name, column_name from information_schema.statistics "
    "where table_schema = database() order by 1, 2, 3",
    "postgresql": "select indexdef from pg_indexes where schemaname = 'public' order by 1",
}
CONSTRAINTS = {
    "mysql": "select table_name, constraint_name, constraint_type "
    "from information_schema.table_constraints where constraint_schema = database() order by 1, 2",
    "postgresql": "select conrelid::regclass, conname, pg_get_constraintdef(oid) from pg_constraint "
    "where conrelid > 0 and connamespace = 'public'::regnamespace order by conname",
}
ROWS = ["wide_note", "wide_topic", "wide_note_others", "wide_extra", "wide_mark"]


def everything(fleet: Fleet, tenant: str) -> list[str]:
    """A database's columns, indexes, constraints, migrations, and rows."""
    schema = "'public'" if fleet.engine == "postgresql" else "database()"
    queries = [
        COLUMNS.format(schema),
        INDEXES[fleet.engine],
        CONSTRAINTS[fleet.engine],
        "select app, name, count(*) from django_migrations group by app, name order by 1, 2",
        *(f"select * from {table} order by 1" for table in ROWS),
    ]
    return [fleet.server.sql(query, f"{SLUG}_{tenant}") for query in queries]


@on_each_engine
def test_prepared_migrations_leave_what_djangos_own_command_leaves(wide):
    manage(wide.folder, "migrate", "--database", "T1", env=wide.env)
    manage(wide.folder, "migrate", "wide", "0002", "--database", "T4", env=wide.env)
    said = lines_of(wide.run("--only", "T2", "--only", "T3", "--only", "T4"))
    assert [said[alias] for alias in ("T2", "T3")] == ["applied 7 migrations"] * 2
    by_django, first, second, rest = (everything(wide, tenant) for tenant in TENANTS[:4])
    assert "wide_rank_positive" in by_django[2] and "0005_squashed_0006_b" in by_django[3]
    assert "old 7 water 1" in by_django[4]
    assert first == second == by_django
    assert rest[:-1] == by_django[:-1]  # whose table of marks says in how many steps it came
    assert wide.run("--only", "T1", "--check").stdout.splitlines()[-1] == "In all: 1 current."


def test_the_job_for_kubernetes_is_valid_and_names_one_number_of_shards(rendered):
    job = rendered(router="tenant") / "deploy" / "kubernetes" / "migrate-job.yaml"
    lint("kubernetes-validate", "--strict", "--quiet", job)
    text = job.read_text()
    (number,) = re.findall(r"^  completions: (\d+)$", text, re.MULTILINE)
    assert f"  parallelism: {number}\n" in text and f'"job/{number}"' in text
    assert not (rendered() / "deploy" / "kubernetes").exists()


def test_a_terminal_gets_a_bar(bootstrapped):
    project = bootstrapped(router="tenant")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with subprocess.Popen(
        [sys.executable, "manage.py", "migrate_databases"],
        cwd=project,
        env=environment(),
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # Linux: nobody has the other end any more
            pass
    os.close(ours)
    assert re.search(rb"\| 0/2 \[", shown), shown
    assert b"ACME: up to date" not in shown and b"In all: 3 current." in shown
