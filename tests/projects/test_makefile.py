"""What ``make`` says in a project where it can't go on."""

import shutil
import subprocess
from pathlib import Path

import pytest


def make(project: Path, target: str) -> str:
    """Standard error of a target that fails; uv, which brings a Python by itself, is not found."""
    env = {"PATH": "/usr/bin:/bin"}
    done = subprocess.run(["make", target], cwd=project, env=env, capture_output=True, text=True)
    assert done.returncode == 2, done
    return done.stderr


@pytest.fixture
def project(rendered, tmp_path) -> Path:
    return Path(shutil.copytree(rendered(), tmp_path / "my_project"))


@pytest.mark.parametrize("target", ["run", "test", "check"])
def test_without_an_environment_it_names_the_command_that_makes_one(project, target):
    assert "There is no environment yet. Run: make setup" in make(project, target)


def test_a_python_that_is_too_old_is_named_and_does_not_stay(project):
    old = project / ".venv/bin/python"
    old.parent.mkdir(parents=True)
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    said = make(project, "setup")
    assert "Python 3.11 or newer is needed: make setup PYTHON=python3.12" in said
    assert not (project / ".venv").exists()
