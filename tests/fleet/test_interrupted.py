"""``migrate_databases`` that is killed, stopped, or loses its server: the next run does the rest."""

import json
import os
import re
import signal
from pathlib import Path

import pytest

from ..commands import PROBES, run
from ..fleets import ALIASES, SLUG, Fleet, lines_of, on_each_engine, on_mysql, on_postgresql


def workers_of(running) -> list[int]:
    """The processes that a run has started."""
    children = Path(f"/proc/{running.pid}/task").glob("*/children")
    return [int(pid) for each in children for pid in each.read_text().split()]


def is_done_again(fleet: Fleet, begun: set[str]) -> None:
    """Repeats a run that was ended as it worked on these tenants, and looks that nothing is left to do."""
    fleet.wait_until(lambda: not fleet.at_work())  # until the server has noticed
    fleet.release(0)
    complete = fleet.having("done")
    again = fleet.run("--jobs", "2", check=False)
    assert f"still running: {', '.join(sorted(begun))}." in again.stdout
    said = lines_of(again)
    assert {alias for alias in ALIASES if said[alias] == "up to date"} >= complete
    failed = {alias for alias in ALIASES if "already exists" in said[alias]}
    if fleet.engine == "postgresql":
        assert again.returncode == 0 and not failed
    else:
        # MySQL kept the first table: the sentence names the migration and says what to do.
        assert again.returncode == 1 and failed and failed <= begun
        assert fleet.where("error like '%already exists%' and fingerprint = ''") == failed
        for alias in failed:
            assert re.search(r"\(conferences.0002_pause\) \(M\w+ keeps what this", said[alias])
            fleet.server.sql("drop table begun", f"{SLUG}_{alias.lower()}")
        fleet.run("--jobs", "2")
    assert fleet.having("done") == set(ALIASES)
    assert fleet.run("--check").stdout.splitlines()[-1] == "In all: 7 current."
    current = "command = '' and error = '' and fingerprint <> '' and migrated_at is not null"
    assert fleet.where(current) == set(ALIASES)


@on_each_engine
def test_a_run_that_was_killed_is_repeated_and_does_only_the_rest(fleet):
    fleet.release(1)
    running = fleet.start_until(2, "--jobs", "2")
    fleet.wait_until(fleet.at_work)
    workers = workers_of(running)
    for pid in (running.pid, *workers):
        os.kill(pid, signal.SIGKILL)
    running.communicate()
    assert len(workers) == 2 and 2 <= len(fleet.having("done")) < 6
    begun = fleet.where("command = 'migrate'")
    assert begun
    is_done_again(fleet, begun)


@on_each_engine
def test_a_run_whose_server_is_restarted_is_repeated_and_does_only_the_rest(fleet):
    fleet.release(2)
    running = fleet.start_until(1)
    fleet.wait_until(fleet.at_work)
    fleet.server.stop()
    _, error = running.communicate(timeout=60)
    fleet.server.start()
    assert running.returncode == 1 and "Traceback" not in error
    *_, failed, last = error.splitlines()
    assert re.match(r"T[2-6]: OperationalError: ", failed)
    assert re.match(r"CommandError: default: .* migrated, 1 failed\. Run it again\.", last)
    is_done_again(fleet, {failed[:2]})


# At every n-th line: each takes minutes.
@pytest.mark.parametrize("every", [24, pytest.param(1, marks=pytest.mark.long)])
@on_each_engine
def test_kill_9_at_a_line_of_a_migration_loses_nothing_and_says_what_to_do(fleet, every):
    fleet.release(0)
    env = fleet.env | {"DJANGO_SETTINGS_MODULE": f"{SLUG}.settings.development"}
    probe = str(PROBES / "killed_migrating.py")
    found = json.loads(run(fleet.folder, probe, str(every), env=env, timeout=3600).stdout)
    assert found["wrong"] == [] and found["killed"] >= found["lines"] // every
    assert bool(found["by_hand"]) == (fleet.engine == "mysql")


@on_postgresql
def test_when_only_the_run_is_killed_its_processes_finish_what_they_are_at(fleet):
    fleet.release(0.4)
    running = fleet.start("migrate_databases", "--jobs", "2")
    fleet.wait_until(fleet.at_work)
    running.kill()
    running.communicate(timeout=60)  # they have the same standard output
    assert 1 <= len(fleet.having("done")) <= 4
    assert fleet.run().stdout.splitlines()[-1].startswith("In all: ")
    assert fleet.having("done") == set(ALIASES)


@on_postgresql
def test_a_process_that_dies_costs_its_own_database_only(fleet):
    fleet.release(0.5)
    running = fleet.start("migrate_databases", "--jobs", "2")
    fleet.wait_until(lambda: fleet.at_work() == 2)
    workers = workers_of(running)
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    out, error = running.communicate(timeout=60)
    assert running.returncode == 1 and "Traceback" not in error
    assert re.search(
        r"^T\d: The worker process was killed by signal 9\. Run the command again\.$",
        error,
        re.MULTILINE,
    )
    assert error.splitlines()[-1].startswith("CommandError: 1 of 7 databases failed: T")
    assert out.count("applied") == 6


def has_stopped(fleet: Fleet, running) -> None:
    """It has ended between two databases, and said so."""
    _, error = running.communicate(timeout=60)
    assert running.returncode == 1 and "Traceback" not in error
    assert "Stopping: what is being migrated is finished first." in error
    last = error.splitlines()[-1]
    assert re.match(r"CommandError: Stopped\. In all: .*\d migrated\. Run it again for", last)
    assert fleet.having("begun") == fleet.having("done") != set(ALIASES)
    assert not fleet.where("command <> ''")


@on_mysql
def test_sigterm_stops_it_between_two_databases(fleet):
    fleet.release(1)
    running = fleet.start_until(1, "--jobs", "2")
    for pid in (running.pid, *workers_of(running)):  # systemd sends it to all of them
        os.kill(pid, signal.SIGTERM)
    has_stopped(fleet, running)


@on_mysql
def test_ctrl_c_stops_it_between_two_databases(fleet):
    fleet.release(1)
    running = fleet.start_until(1)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does
    has_stopped(fleet, running)


@on_postgresql
def test_ctrl_c_once_more_ends_it_at_once(fleet):
    fleet.release(60)
    running = fleet.start("migrate_databases", "--jobs", "2")
    fleet.wait_until(lambda: fleet.at_work() == 2)
    os.killpg(running.pid, signal.SIGINT)
    assert running.stderr.readline() == "\n" and running.stderr.readline().startswith("Stopping")
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(timeout=30) == -signal.SIGINT and fleet.at_work()
    fleet.end_pause()
    _, error = running.communicate(timeout=30)  # when its processes have ended, too
    assert "Traceback" not in error and not fleet.having("begun")
