"""A process that runs while a block lasts, and waiting for what another process does."""

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def eventually(condition: Callable[[], T], seconds: float = 10) -> T:
    """What a condition gives as soon as it holds, or once that much time has passed."""
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


@contextmanager
def running(
    command: Sequence[str | Path],
    log: Path,
    answers: Callable[[], bool] = lambda: True,
    **options: Any,
) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that writes into ``log``, from when it answers to the end of the block."""
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, **options)
    try:
        assert eventually(lambda: process.poll() is not None or answers(), 60), log.read_text()
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)
