"""Runs commands in rendered projects, as their users would."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# What this machine's own shell may hold must not reach a project under test.
_OURS = ("DATABASE_", "DJANGO_", "SECRET_KEY", "TENANTS", "BASE_DOMAIN", "PYTEST_", "AWS_", "CONN_MAX_AGE")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without what a project would read, and with ``extra``."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return clean | {"PYTHONDONTWRITEBYTECODE": "1"} | dict(extra or {})


def run(
    project: Path,
    *command: str,
    python: str = sys.executable,
    env: Mapping[str, str] | None = None,
    check: bool = True,
    timeout: float = 300,
) -> subprocess.CompletedProcess[str]:
    """Runs ``python COMMAND…`` in a project; a failure shows all that the command printed."""
    done = subprocess.run(
        [python, *command], cwd=project, env=environment(env), capture_output=True, text=True, timeout=timeout
    )
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done


def manage(project: Path, *command: str, **options: object) -> subprocess.CompletedProcess[str]:
    """``python manage.py COMMAND…`` in a project."""
    return run(project, "manage.py", *command, **options)  # type: ignore[arg-type]
