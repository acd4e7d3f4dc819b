"""Who the servers run as: the caller, or `nobody` when the caller is root.

PostgreSQL and PgBouncer refuse root, MariaDB asks for an explicit --user. `nobody` is on every
Unix, while `postgres` and `mysql` come with a service's package, and they own the machine's real
databases: a test server that goes astray as `nobody` can't touch those.
"""

import os
import pwd
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ACCOUNT = "nobody"


def is_root() -> bool:
    return os.geteuid() == 0


def identity() -> dict[str, Any]:
    """Arguments for subprocess that drop root; none when there is nothing to drop."""
    if not is_root():
        return {}
    entry = pwd.getpwnam(ACCOUNT)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def name() -> str:
    """The name that a server sees behind a connection from this process."""
    return pwd.getpwuid(os.geteuid()).pw_name


def dies_with_us(command: Sequence[str | Path]) -> list[str]:
    """The command, killed by the kernel as soon as we are: on Linux, a killed run leaves no server.

    The signal comes when the *thread* that forked ends, so start servers from the main thread.
    """
    prefix = []
    if sys.platform == "linux" and (setpriv := shutil.which("setpriv")):
        prefix = [setpriv, "--pdeathsig=KILL", "--"]
    return [*prefix, *map(str, command)]


def private(folder: Path) -> Path:
    """Make a folder that only the servers' account (and root) may look into."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return hand_over(folder)


def hand_over(path: Path) -> Path:
    """Give a file or folder that root made to the servers' account."""
    if is_root():
        entry = pwd.getpwnam(ACCOUNT)
        os.chown(path, entry.pw_uid, entry.pw_gid)
    return path


def open_to_servers(path: Path) -> bool:
    """Whether the servers' account may go there: not into root's own folders."""
    if not is_root():
        return os.access(path, os.X_OK)
    return all(step.stat().st_mode & 0o001 for step in (path, *path.parents))
