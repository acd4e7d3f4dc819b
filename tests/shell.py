"""A rendered project's process that a test talks to, statement by statement, while servers come and go."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .commands import environment
from .production import with_pages


class Failed(Exception):
    """What the project raised: the exception's name, and its text."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name


class Shell:
    """``shell("1 + 1")`` is 2; statements are None. The names of a probe are there."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log

    def __call__(self, line: str) -> Any:
        self.begin(line)
        return self.end()

    def begin(self, line: str) -> None:
        """Sends a statement; ``end()`` waits for what comes of it."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()

    def end(self) -> Any:
        assert self._process.stdout
        if not (reply := self._process.stdout.readline()):
            raise AssertionError(self.log())
        kind, value = json.loads(reply)
        if kind != "ok":
            raise Failed(kind, value)
        return value

    def log(self) -> str:
        """What the process has logged."""
        return self._log.read_text()


@contextmanager
def shell(project: Path, env: Mapping[str, str], log: Path, probe: str) -> Iterator[Shell]:
    """``python -m prompt PROBE`` in a project with these variables, while the block lasts."""
    slug = env["DJANGO_SETTINGS_MODULE"].partition(".")[0]
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "prompt", probe],
            cwd=project,
            env=environment(with_pages(env, slug)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            yield Shell(process, log)
        finally:
            process.kill()
