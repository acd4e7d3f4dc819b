"""Run the programs that come with a server: initdb, psql, mariadb-install-db and the like."""

import os
import subprocess
from pathlib import Path

from . import account


class ServerFailed(RuntimeError):
    """A server or one of its tools said no; the message carries what it said."""


def run(*command: str | Path, drop_root: bool = True) -> str:
    """Run one and return what it printed."""
    done = subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd="/",  # tools complain about a folder that their account can't enter
        env=environ(),
        **(account.identity() if drop_root else {}),
    )
    if done.returncode:
        raise ServerFailed(f"{Path(command[0]).name}: {done.stderr.strip()}")
    return str(done.stdout).strip()


def environ() -> dict[str, str]:
    """Only this: PGHOST, PGOPTIONS, MYSQL_HOST and the like would lead servers and tools astray.

    LC_ALL must name a locale, or PostgreSQL on macOS refuses to start as "multithreaded".
    """
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C", "TZ": "UTC"}
