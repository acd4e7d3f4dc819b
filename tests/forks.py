"""Commands of projects, each a process of its own that is forked from one which has loaded Django already.

More than half of the time of a ``python manage.py check`` is the import of Django, and the tests run hundreds of such
commands. Nothing of a project is loaded before, no settings, no driver and no pytest (tests/probes/forking.py).
"""

import atexit
import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

PROBES = Path(__file__).parent / "probes"

# Python reads these when it starts: what has others than the first process is started as usual.
_READ_AT_START = ("PYTHON", "LANG", "LC_")


class Forks:
    """The process that has loaded Django, which is asked on a socket."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.spent = 0.0  # seconds of a processor that commands took
        folder = tempfile.mkdtemp(prefix="forks-")  # which it removes when it ends
        self._address = str(Path(folder, "socket"))
        self._env = _read_at_start(env)
        command = [sys.executable, str(PROBES / "forking.py"), self._address]
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(env),
            stdin=subprocess.PIPE,  # when it closes, whoever asks is gone
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout and self._process.stdout.readline() == b"ready\n"
        atexit.register(self._end)

    def _end(self) -> None:
        self._process.communicate()

    def can_run(self, command: Sequence[str], env: Mapping[str, str]) -> bool:
        kind = command[0] == "manage.py" or tuple(command[:2]) == ("-m", "pytest")
        measured = any(name.startswith("COVERAGE") for name in env)
        return kind and not measured and _read_at_start(env) == self._env

    def run(
        self, command: Sequence[str], folder: Path, env: Mapping[str, str], timeout: float
    ) -> "subprocess.CompletedProcess[str]":
        """As ``subprocess.run([sys.executable, *command], capture_output=True, text=True, …)``."""
        with (
            tempfile.TemporaryFile("w+") as out,
            tempfile.TemporaryFile("w+") as err,
            socket.socket(socket.AF_UNIX) as asked,
        ):
            asked.settimeout(timeout)
            asked.connect(self._address)
            socket.send_fds(asked, [b"."], [out.fileno(), err.fileno()])
            what = {"command": [*command], "folder": str(folder), "env": dict(env)}
            asked.sendall(json.dumps(what).encode())
            asked.shutdown(socket.SHUT_WR)
            with asked.makefile() as answers:
                pid = int(answers.readline())
                try:
                    code, seconds = answers.readline().split()
                except TimeoutError:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                    raise subprocess.TimeoutExpired([*command], timeout) from None
            self.spent += float(seconds)
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess([*command], int(code), out.read(), err.read())


def _read_at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(_READ_AT_START)}


@functools.cache
def forks() -> Forks:
    """The one of this process of tests."""
    from .commands import environment

    return Forks(environment())
