"""Rendered projects at work, on SQLite: each engine × router × pooling, on both versions of Django."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..commands import manage, run
from ..conftest import made_once
from ..rendering import COMBINATIONS, DEFAULTS, in_tiers, name_of, pairwise

_CHOICES = ("database_engine", "router", "pooling")
PROJECTS = list(
    {
        name_of(chosen): chosen for c in COMBINATIONS if (chosen := {f: c[f] for f in _CHOICES})
    }.values()
)
NO_LEGACY = [
    {"router": router, "legacy_models": False} for router in ("simple", "tenant", "replica")
]
_FIELDS = ("django_version", *_CHOICES, "legacy_models")
ON_BOTH = list(
    {
        name_of(chosen): chosen for c in COMBINATIONS if (chosen := {f: c[f] for f in _FIELDS})
    }.values()
)


@pytest.fixture(scope="session")
def python_for(run_folder: Path) -> Callable[[str], str]:
    """The Python that runs a project on a version of Django: this one for 5.2, a newer one's venv for 6.1."""

    def find(django: str) -> str:
        if django == "5.2":
            return sys.executable
        if sys.version_info >= (3, 12):
            newer = sys.executable
        elif (newer := _newer_python()) is None:
            pytest.skip("Django 6.1 needs Python 3.12 or newer, and none is installed here")
        return str(
            made_once(run_folder / f"django-{django}", lambda venv: _make(newer, venv))
            / "bin"
            / "python"
        )

    return find


def _newer_python() -> str | None:
    """A Python that Django 6.1 runs on: from PATH, or from pyenv, which hides all but one."""
    names = ("python3.13", "python3.12")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    places = [found for name in names if (found := shutil.which(name))]
    places += [str(found) for name in names for found in sorted(pyenv.glob(f"3.*/bin/{name}"))]
    return next((place for place in places if _works(place)), None)


def _works(python: str) -> bool:
    """pyenv puts commands on PATH that only say which version they lack."""
    return subprocess.run([python, "-c", "import venv"], capture_output=True).returncode == 0


def _make(python: str, venv: Path) -> None:
    subprocess.run([python, "-m", "venv", venv], check=True)
    requirements = (
        "django~=6.1.0",
        "environs",
        "pytest",
        "pytest-django",
        "boto3",
        "aws-lambda-powertools",
        "tqdm",
    )
    subprocess.run([venv / "bin/python", "-m", "pip", "install", "-q", *requirements], check=True)


@pytest.mark.parametrize("answers", [*PROJECTS, *NO_LEGACY], ids=name_of)
def test_project_starts(project, answers):
    starts(project(**answers), answers, sys.executable)


@pytest.mark.parametrize("answers", in_tiers(ON_BOTH, pairwise(ON_BOTH)), ids=name_of)
def test_project_starts_and_passes_its_tests_on_its_django(project, python_for, answers):
    python = python_for(answers["django_version"])
    folder = project(**answers)
    starts(folder, answers, python)
    passes_its_tests(folder, python)


def starts(folder: Path, answers: dict[str, Any], python: str) -> None:
    """Checks, migrations and bootstrap, which is safe to repeat, leave databases that answer."""
    manage(folder, "check", python=python)
    manage(folder, "makemigrations", "--check", "--dry-run", python=python)
    first = manage(folder, "bootstrap", python=python).stdout
    assert "default: applied" in first
    assert "ACME: applied" in first or not answers.get("legacy_models", True)
    again = manage(folder, "bootstrap", python=python).stdout
    assert "default: up to date" in again
    assert "applied" not in again
    assert "Loaded" not in again

    rows = json.loads(manage(folder, "databases", "--json", python=python).stdout)
    assert {"default", "default_RO", "ACME", "ACME_RO", "GLOBEX", "GLOBEX_RO"} <= {
        r["alias"] for r in rows
    }
    assert all(row["reachable"] for row in rows), rows
    assert not any(row["pending"] for row in rows), rows


def passes_its_tests(folder: Path, python: str) -> None:
    """Runs a project's tests; all but those that need what SQLite can't do must run."""
    command = ("-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider")
    printed = run(folder, *command, python=python).stdout
    assert re.search(r"^\d{2,} passed", printed.splitlines()[-1]), printed
    left_out = [line for line in printed.splitlines() if line.startswith("SKIPPED")]
    assert all("Database doesn't support feature" in line for line in left_out), printed


@pytest.mark.parametrize(
    "answers", [{"router": r} for r in ("simple", "tenant", "replica")], ids=name_of
)
def test_djangos_own_test_command_works(project, answers):
    folder = project(**answers)
    assert "OK" in manage(folder, "test", "--parallel", "2").stderr


@pytest.mark.parametrize(
    "answers", in_tiers([*PROJECTS, *NO_LEGACY], [*pairwise(PROJECTS), *NO_LEGACY]), ids=name_of
)
def test_types_check(project, run_folder, answers):
    cache = run_folder / "mypy"
    run(project(**answers), "-m", "mypy", "--cache-dir", str(cache))


def test_there_is_every_engine_router_and_pooling():
    assert len(PROJECTS) == 3 * (2 + 3)
    assert DEFAULTS["router"] == "simple"
