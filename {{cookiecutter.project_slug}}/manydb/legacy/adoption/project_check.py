"""Whether the project still stands with files that were just written."""

import os
import subprocess
import sys
from collections.abc import Mapping

from django.core.management.base import CommandError

from manydb.core.project import base_dir


def check_project(values: Mapping[str, str] = {}) -> None:
    """Runs ``manage.py check`` in a process of its own, with these variables besides.

    Raises:
        CommandError: it fails.
    """
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, str(base_dir() / "manage.py"), "check"],
        env={**os.environ, **values, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise CommandError(f"Nothing was changed, as manage.py check failed then:\n{done.stderr}")
