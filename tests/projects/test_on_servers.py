"""Rendered projects on real servers, which nothing but environment variables points them at."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ..commands import environment, get, manage, run, serve
from ..rendering import ROOT, in_tiers, name_of
from ..servers.fixtures import ENGINES, require_engine, server_of
from .test_projects import PROJECTS


@pytest.fixture
def server(request: pytest.FixtureRequest, answers: dict[str, str]) -> Any:
    """A primary whose replica runs, too."""
    return server_of(request, answers["database_engine"], replicated=True)


@pytest.mark.parametrize(
    "answers", in_tiers(PROJECTS, [a for a in PROJECTS if a["pooling"] == "none"]), ids=name_of
)
def test_project_runs_and_passes_its_tests(project, server, answers):
    # Projects share the servers, so each has databases of its own.
    slug = f"p_{answers['router']}_{answers['pooling']}"
    folder = project(**answers, project_slug=slug)
    env = server.environment()

    first = manage(folder, "bootstrap", env=env).stdout
    assert f"Created database {slug}_acme" in first
    assert "Loaded legacy sample into ACME: conferences" in first
    again = manage(folder, "bootstrap", env=env).stdout
    assert "Created" not in again and "Loaded" not in again and "applied" not in again

    rows = reachable(folder, env)
    assert {
        row["alias"]: row["pending"]
        for row in rows
        if row["alias"] in ("default", "ACME", "GLOBEX")
    } == {
        "default": 0,
        "ACME": 0,
        "GLOBEX": 0,
    }
    with serve(folder, env=env) as port:
        for tenant in ("acme", "globex"):
            status, page = get(port, f"{tenant}.localhost")
            assert (status, f'id="tenant">{tenant}<' in page) == (200, True)
            assert page.partition("<tbody>")[2].partition("</tbody>")[0].count("<tr>") >= 1

    assert " passed" in run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", env=env).stdout


def reachable(folder: Path, env: dict[str, str]) -> list[dict[str, Any]]:
    """The rows of ``databases``, once the replica has got the databases that were just created."""
    deadline = time.monotonic() + 20
    while True:
        rows = json.loads(manage(folder, "databases", "--json", env=env).stdout)
        if all(row["reachable"] for row in rows):
            return rows
        assert time.monotonic() < deadline, rows
        time.sleep(0.2)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_kit_serves_the_tests_of_any_project(project, engine):
    """As the README of a project says: the servers of this repository, for one command."""
    require_engine(engine)
    folder = project(database_engine=engine)
    pytest_there = f"{sys.executable} -m pytest -q -p no:cacheprovider"
    done = subprocess.run(
        [ROOT / "scripts/servers", engine, "--run", pytest_there],
        cwd=folder,
        env=environment({"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
