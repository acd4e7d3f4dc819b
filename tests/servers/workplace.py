"""The folder that servers live in: in memory where there is room, and gone afterwards."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .account import open_to_servers

# Four data directories of 30-50 MB, plus up to 1 GB of WAL that a paused standby still needs.
ROOM = 3 * 1024**3
PREFIX = "dbkit-"
# Linux takes 107 bytes for a socket's path, macOS 103; 40 are for a server's name and socket.
LONGEST = 103 - 40


@contextmanager
def workplace() -> Iterator[Path]:
    """A fresh folder for servers; removed at the end, or by the next run if this one is killed."""
    parent = _parent()
    _sweep(parent)
    base = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    # The servers' account must pass through; what they keep inside is closed to everybody else.
    base.chmod(0o711)
    # Locked under another name first: a lock file that anyone can see is a lock that is held.
    with open(base / "lock.new", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (base / "lock.new").rename(base / "lock")
        try:
            yield base
        finally:
            shutil.rmtree(base, ignore_errors=True)


def _parent() -> Path:
    """Memory is 5-25 times faster than a busy disk, and no slower neighbour can disturb it."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        return memory
    # macOS hands out /var/folders/…/T, which leaves no room for a socket's path.
    chosen = Path(tempfile.gettempdir()).resolve()
    if len(str(chosen)) + len(PREFIX) + 8 > LONGEST or not open_to_servers(chosen):
        return Path("/tmp").resolve()
    return chosen


def _sweep(parent: Path) -> None:
    """Remove what a killed run left: nobody holds its lock any more."""
    for old in parent.glob(f"{PREFIX}*/lock"):
        try:
            with open(old, "r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(old.parent, ignore_errors=True)
        except OSError:
            continue  # in use, somebody else's, or just gone
