"""Rendered projects at work, on SQLite: each engine × router × pooling, on both versions of Django."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from ..commands import manage, run
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
FULLY = pairwise(ON_BOTH)  # started, and their own tests run
# The same answers have the same name: these start in that test already, with this Python.
STARTED_THERE = {name_of(answers) for answers in FULLY}


@pytest.mark.parametrize(
    "answers",
    in_tiers(
        [a for a in [*PROJECTS, *NO_LEGACY] if name_of(a) not in STARTED_THERE],
        [*pairwise(PROJECTS), *NO_LEGACY],
    ),
    ids=name_of,
)
def test_project_starts(project, answers):
    starts(project(**answers), answers, sys.executable)


@pytest.mark.parametrize("answers", in_tiers(ON_BOTH, FULLY), ids=name_of)
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
    "answers",
    in_tiers(
        [{"router": r} for r in ("simple", "tenant", "replica")],
        [{"router": r} for r in ("simple", "tenant")],
    ),
    ids=name_of,
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
