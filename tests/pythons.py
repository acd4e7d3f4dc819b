"""A Python for each version of Django: this one for 5.2, a newer one's virtual environment for 6.1."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import made_once


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
        "hvac",
        "tqdm",
    )
    subprocess.run([venv / "bin/python", "-m", "pip", "install", "-q", *requirements], check=True)
