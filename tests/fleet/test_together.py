"""``migrate_databases`` beside other runs and other commands: locks, and shards."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

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


def test_the_job_for_kubernetes_is_valid_and_names_one_number_of_shards(rendered):
    job = rendered(router="tenant") / "deploy" / "kubernetes" / "migrate-job.yaml"
    lint("kubernetes-validate", "--strict", "--quiet", job)
    text = job.read_text()
    (number,) = re.findall(r"^  completions: (\d+)$", text, re.MULTILINE)
    assert f"  parallelism: {number}\n" in text and f'"job/{number}"' in text
    assert not (rendered() / "deploy" / "kubernetes").exists()
