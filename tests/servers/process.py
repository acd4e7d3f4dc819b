"""One server process: start and wait, stop, kill, bring back."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from . import account, tools
from .ports import free_port
from .tools import ServerFailed

PATIENCE = 60.0  # seconds; starting takes 0.2, but a laptop may be busy


class Server:
    """The life of a process; a subclass says how to make its data, run it and see it is ready."""

    host = "127.0.0.1"
    user = "app"
    # What a URL, an ini file or a shell would trip over belongs in a test's password.
    password = "p@ss:w/rd%20#"
    replica: Self | None = None
    direct: "Server | None" = None  # the server behind a pooler

    def __init__(self, base: Path, name: str) -> None:
        self.base = base
        self.name = name
        self.home = account.private(base / name)
        self.data = self.home / "data"
        self.log = base / f"{name}.log"
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} on port {self.port}>"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *failure: object) -> None:
        self.stop()

    # What a subclass says about itself.

    stop_signal = signal.SIGTERM

    def prepare(self) -> None:
        """Make the data, once."""

    def introduce(self) -> None:
        """Make the accounts, once, when the server runs for the first time."""

    def command(self) -> Sequence[str | Path]:
        raise NotImplementedError

    def ready(self) -> bool:
        raise NotImplementedError

    def environ(self) -> dict[str, str]:
        return tools.environ()

    # Life.

    def start(self) -> Self:
        """Start it and wait until it answers; also brings back what was stopped or killed."""
        first = not self.data.exists()
        try:
            if first:
                self.prepare()
            self._spawn()
            self.wait_until(self.ready, "ready")
            if first:
                self.introduce()
        except BaseException:
            self.kill()
            if first:  # half-made data would pass for complete at the next start
                shutil.rmtree(self.data, ignore_errors=True)
            raise
        return self

    def _spawn(self) -> None:
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                account.dies_with_us(self.command()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=self.environ(),
                start_new_session=True,  # Ctrl-C is for us; we stop the servers in order
                **account.identity(),
            )

    def stop(self) -> None:
        """End it in its own way; killed if it does not come to an end."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End it as a crash would: no clean-up, no good-bye to its clients."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def freeze(self) -> None:
        """Stop it and its children where they are: the system still takes what is sent to them."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        children = subprocess.run(["pgrep", "-P", str(self.pid)], capture_output=True, text=True)
        for pid in (str(self.pid), *children.stdout.split()):
            os.kill(int(pid), number)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Poll: no server tells anyone that it is ready, and 5 ms is nothing beside its start."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if self._process is None or self._process.poll() is not None:
                raise ServerFailed(f"{self} ended by itself:\n{self._last_words()}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self} is still not {what}:\n{self._last_words()}")
            time.sleep(0.005)

    def _last_words(self) -> str:
        return self.log.read_text(errors="replace")[-2000:].strip()

    # For the project under test.

    def environment(self) -> dict[str, str]:
        """The environment variables that point a generated project here."""
        roles: dict[str, Server | None]
        roles = {"": self, "READER_": self.replica, "DIRECT_": self.direct}
        variables = {"DATABASE_USER": self.user, "DATABASE_PASSWORD": self.password}
        for role, server in roles.items():
            if server is not None:
                variables[f"DATABASE_{role}HOST"] = server.host
                variables[f"DATABASE_{role}PORT"] = str(server.port)
        return variables
