"""``migrate_databases`` beside other runs and other commands: locks, and shards."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import yaml

from ..commands import manage
from ..deployed import lint
from ..fleets import ALIASES, SLUG, Fleet, lines_of, on_each_engine, on_postgresql

KUBERNETES, AWS_BATCH = "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"
LOCKS = {
    "of another command": (
        "lock('tenant t1')",
        r"T1: ProvisioningError: Another command is working on tenant 't1' \(session \d+ of \S+\)\. Wait",
    ),
    "of a server that has not noticed": (
        f"hold(connections['T1'], 'migrate {SLUG}_t1')",
        r"T1: AnotherRun: session \d+ of \S+ is migrating it\. Run this again later",
    ),
}


@contextmanager
def held(fleet: Fleet, lock: str) -> Iterator[None]:
    """Another process has this lock while the block lasts."""
    code = "from manydb.core.locks import hold, lock; from django.db import connections"
    code += f"\nwith {lock}: print('held', flush=True); input()"
    holder = fleet.start("shell", "-v0", "-c", code)
    assert holder.stdout.readline() == "held\n", holder.communicate()
    yield
    holder.communicate("\n", timeout=60)


@on_each_engine
def test_two_runs_at_once_do_each_database_once(fleet):
    fleet.release(0.5, more='migrations.RunPython(lambda apps, editor: print("said")),')
    runs = [fleet.start("migrate_databases", "--jobs", "2") for _ in range(2)]
    ends = [run.communicate(timeout=60) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], ends
    applied = [line for out, _ in ends for line in out.splitlines() if ": applied 1" in line]
    assert sorted(line.split(":")[0] for line in applied) == [*ALIASES, "default"]


@pytest.fixture
def larger(fleet: Fleet, request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """The aliases of the fleet with so many tenants more."""
    names = [f"more{number}" for number in range(request.param)]
    for name in names:
        manage(fleet.folder, "create_tenant", name, env=fleet.env)
    yield [*ALIASES, *(name.upper() for name in names)]
    for name in names:
        manage(fleet.folder, "drop_tenant", name, "--yes", env=fleet.env)


@on_postgresql
@pytest.mark.parametrize("larger", [0, pytest.param(24, marks=pytest.mark.long)], indirect=True)
def test_several_runs_share_a_fleet_without_numbers_also_if_one_is_killed(fleet, larger):
    """A migration that ran twice would fail: its table is there."""
    fleet.release(2)
    runs = [fleet.start("migrate_databases", "--jobs", jobs) for jobs in ("1", "1", "2")]
    fleet.wait_until(lambda: fleet.at_work() >= 2)
    os.kill(runs[0].pid, signal.SIGKILL)
    ends = [run.communicate(timeout=120) for run in runs]
    assert [run.returncode for run in runs] == [-signal.SIGKILL, 0, 0], ends
    applied = [
        line.split(":")[0] for out, _ in ends for line in out.splitlines() if ": applied" in line
    ]
    assert len(applied) == len({*applied}) and {*applied} <= {*larger, "default"}
    done = fleet.run("--check", "--jobs", "4")
    assert done.stdout.splitlines()[-1] == f"In all: {len(larger) + 1} current."


@on_postgresql
def test_a_tenant_that_another_has_is_left_and_looked_at_again_in_the_end(fleet):
    fleet.release(0)
    with held(fleet, "lock('tenant t1')"):
        running = fleet.start("migrate_databases")
        fleet.wait_until(lambda: fleet.having("done") == {*ALIASES} - {"T1"})
        assert running.poll() is None
    out, error = running.communicate(timeout=60)
    assert running.returncode == 0 and "T1: applied 1 migration\n" in out, error
    assert fleet.having("done") == {*ALIASES}


@on_each_engine
@pytest.mark.parametrize("whose", LOCKS)
def test_who_will_not_wait_is_told_who_is_at_work(fleet, whose):
    fleet.release(0)
    lock, said = LOCKS[whose]
    with held(fleet, lock):
        done = fleet.run("--only", "T1", "--wait", "1", check=False)
        assert done.returncode == 1 and re.match(said, done.stderr), done
        assert not fleet.having("done")
    fleet.run("--only", "T1")
    assert fleet.having("done") == {"T1"}


@on_postgresql
def test_no_other_command_works_on_a_tenant_that_is_being_migrated(fleet):
    fleet.release(60)
    running = fleet.start("migrate_databases", "--only", "T1")
    fleet.wait_until(fleet.at_work)
    said = fleet.refusal("drop_tenant", "t1", "--yes")
    assert re.search(r"working on tenant 't1' \(session \d+ of \S+\)\. Wait until it is done", said)
    fleet.end_pause()
    assert "T1: OperationalError: canceling statement" in running.communicate(timeout=60)[1]
    assert "canceling statement" in fleet.server.sql(
        "select error from manydb_tenants_tenant where name = 't1'", SLUG
    )


@on_postgresql
def test_what_another_command_has_left_half_way_stays_as_it_is(fleet):
    fleet.release(0)
    words = ("migrate_databases", "--only", "default", "--only", "T1")
    with held(fleet, "lock('tenant t1')"):
        running = fleet.start(*words)
        assert running.stdout.readline().startswith("default: ")  # it knows T1 as ready by now
        left = "state = 'moving', command = 'move', other_server = 'eu', state_before = 'ready'"
        fleet.server.sql(f"update manydb_tenants_tenant set {left} where name = 't1'", SLUG)
    assert running.wait(timeout=60) == 1
    said = running.communicate()[1]
    assert "T1: ProvisioningError: 't1' is moving. Run move_tenant t1 --to eu again" in said
    assert not fleet.having("done")
    assert fleet.where("state = 'moving' and command = 'move'") == {"T1"}
    assert "T1: skipped, it is moving" in fleet.run("--only", "T1").stdout


@on_postgresql
def test_jobs_of_a_scheduler_share_the_work(fleet):
    fleet.release(0)
    indexes = [{KUBERNETES: "0"}, {KUBERNETES: "1"}, {AWS_BATCH: "2"}]
    shards = [lines_of(fleet.run("--shard", "job/3", **index)) for index in indexes]
    assert sorted(alias for shard in shards for alias in shard) == ALIASES
    assert fleet.having("done") == set(ALIASES)


@on_postgresql
def test_a_number_that_a_scheduler_knows_better_is_refused(fleet):
    size = {AWS_BATCH: "0", "AWS_BATCH_JOB_ARRAY_SIZE": "4"}
    done = fleet.run("--shard", "job/3", check=False, **size)
    assert done.returncode == 2 and "this array has 4 jobs: use job/4" in done.stderr


def test_the_job_for_kubernetes_is_valid_and_needs_no_number(rendered):
    job = rendered(router="tenant") / "deploy" / "kubernetes" / "migrate-job.yaml"
    lint("kubernetes-validate", "--strict", "--quiet", job)
    spec = yaml.safe_load(job.read_text())["spec"]
    assert spec["completions"] == spec["parallelism"] and "completionMode" not in spec
    assert spec["activeDeadlineSeconds"] and spec["backoffLimit"]
    wrong, _ = spec["podFailurePolicy"]["rules"]
    pod = spec["template"]["spec"]
    (migrate,), (check,) = pod["initContainers"], pod["containers"]
    assert wrong["onExitCodes"]["containerName"] == migrate["name"]
    assert "--shard" not in migrate["args"] and "--check" in check["args"]
    assert check["image"] == migrate["image"] and check["envFrom"] == migrate["envFrom"]
    assert not (rendered() / "deploy" / "kubernetes").exists()
