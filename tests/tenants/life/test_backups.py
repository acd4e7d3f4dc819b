"""The whole fleet in one directory, and back: also after runs that were killed, and of tenants that change meanwhile."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ...commands import environment
from .two_servers import Project

FILE = "from django.core.files.storage import default_storage as s; "
WRITE = FILE + "from django.core.files.base import ContentFile; s.save('a.txt', ContentFile({!r}))"


@pytest.fixture
def fleet(project: Project, request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Tenants with rows and files of their own; every second one lives on the other server."""
    names = [f"b{number}" for number in range(getattr(request, "param", 3))]
    for number, name in enumerate(names):
        project.manage("create_tenant", name, *(["--server", "eu"] if number % 2 else []))
        project.register(name, *(f"{each}@{name}" for each in range(1 + number % 3)))
        project.inside(name, WRITE.format(f"of {name}"))
    yield names
    for name in names:
        project.manage("drop_tenant", name, "--yes", check=False)


def look(project: Project, names: list[str]) -> dict[str, object]:
    """Where each tenant is, its rows, and its file."""
    return {
        name: (
            {**project.state(name), "fingerprint": "", "migrated_at": ""},
            project.registered(name),
            project.inside(name, FILE + "print(s.open('a.txt').read())"),
        )
        for name in names
        if (project.state(name) or {}).get("state") == "ready"
    }


def manifest_in(folder: Path) -> dict[str, object]:
    (path,) = folder.glob("*/manifest.json")
    return json.loads(path.read_text())


@pytest.mark.parametrize("fleet", [3, pytest.param(200, marks=pytest.mark.long)], indirect=True)
def test_all_dumped_all_dropped_and_all_restored_is_as_it_was(
    project: Project, fleet: list[str], tmp_path: Path
) -> None:
    project.manage("suspend_tenant", fleet[0])
    before = look(project, fleet)
    assert len(before) == len(fleet) - 1
    with dumping(project, tmp_path) as running:
        kill_after(running, f"{fleet[0]}: ")
    assert not list(tmp_path.glob("*/manifest.json"))

    again = project.manage("dump_tenant", "--all", str(tmp_path), "--jobs", "4").stdout
    assert re.search(r"^\d+ tenants are there from a run that was interrupted", again, re.MULTILINE)
    assert f"\n{fleet[0]}: " not in again  # that is there, and is not dumped once more
    said = manifest_in(tmp_path)
    tenants = {entry["name"]: entry for entry in said["tenants"]}
    assert set(fleet) < set(tenants)
    assert said["shared"]["default"]["before"] and said["shared"]["default"]["after"]
    assert all(said["started_at"] <= entry["begun_at"] for entry in tenants.values())
    assert all(entry["made_at"] <= said["finished_at"] for entry in tenants.values())
    assert all(entry["position"] for entry in tenants.values())

    for name in fleet:
        project.manage("drop_tenant", name, "--yes")
    done = project.manage("restore_tenant", "--all", str(tmp_path), "--jobs", "4").stdout
    assert done.splitlines()[-1] == f"In all: 2 left, {len(fleet)} done."
    assert project.state(fleet[0])["state"] == "suspended"
    assert look(project, fleet) == before
    again = project.manage("restore_tenant", "--all", str(tmp_path)).stdout
    assert again.splitlines()[-1] == f"In all: {len(fleet) + 2} left."


class dumping:
    """``dump_tenant --all`` in a process of its own, while the block lasts."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "dump_tenant", "--all", str(folder)],
            cwd=project.folder,
            env=environment(project.env) | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> subprocess.Popen[str]:
        return self.process

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.communicate()


def kill_after(process: subprocess.Popen[str], start: str) -> None:
    assert process.stdout
    for line in process.stdout:
        if line.startswith(start):
            break
    else:
        raise AssertionError(f"It never said {start}")
    os.kill(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("project", ["postgresql"], indirect=True)
def test_tenants_and_runs_that_meet_a_backup(
    project: Project, fleet: list[str], tmp_path: Path
) -> None:
    project.manage("drop_tenant", fleet[2], "--yes")
    lock = "from manydb.core.locks import lock\nwith lock('tenant globex'): print('held'); input()"
    with (
        project.beside("acme", lock) as another,
        dumping(project, tmp_path) as running,
    ):
        assert running.stdout and another.stdin
        next(line for line in running.stdout if line.startswith("b1: "))  # globex is the last
        project.manage("create_tenant", fleet[2])  # which the backup has, too
        said = project.refusal("dump_tenant", "--all", str(tmp_path))
        assert said.startswith("Another backup or restore of the fleet is at work (session ")
        another.stdin.write("\n")
        another.stdin.close()
        out, _ = running.communicate(timeout=120)
        assert running.returncode == 0, out
    assert {*fleet} < {entry["name"] for entry in manifest_in(tmp_path)["tenants"]}

    # A server that is away costs its own tenants only, and the backup says that it is not complete.
    project.manage("drop_tenant", fleet[0], "--yes")
    (second := tmp_path / "second").mkdir()
    project.eu.stop()
    try:
        said = project.refusal("dump_tenant", "--all", str(second))
    finally:
        project.eu.start()
    assert re.match(r"1 of 4 tenants failed: b1\. \S+ is not complete: run the command again", said)
    done = project.manage("dump_tenant", "--all", str(second)).stdout
    assert "3 tenants are there from a run that was interrupted." in done
    assert {"b1", "b2", "acme"} < {entry["name"] for entry in manifest_in(second)["tenants"]}
