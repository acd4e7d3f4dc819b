"""Runs the servers' own tools for dumps, with what they write and read as streams."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from tempfile import TemporaryFile
from typing import IO

from manydb.core.progress_bar import counting_bytes
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.places import Place

_CHUNK = 1 << 20  # bytes
_LINES = 3  # of what a tool says, its last: the first ones repeat the command


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, and the variables that hold what no command line may show: the password."""

    words: list[str]
    env: dict[str, str] = field(repr=False)
    secret: str = field(repr=False)

    def adding(self, *words: str) -> "Command":
        """The same command with these options after its name."""
        return replace(self, words=[self.words[0], *words, *self.words[1:]])


def program(*names: str, package: str) -> str:
    """The path of the first of these programs that is installed.

    Raises:
        ProvisioningError: none is.
    """
    for name in names:
        if path := shutil.which(name):
            return path
    raise ProvisioningError(
        f"{names[0]} is not installed here: on Debian run apt-get install {package}."
    )


def command_for(place: Place, path: str) -> Command:
    """A client of the server, as ``manage.py dbshell`` would call it: the last word is the database."""
    with place.connect() as connection:
        # The password may be a token that is made for each connection.
        password = str(connection.get_connection_params().get("password", ""))
        settings = {**connection.settings_dict, "PASSWORD": password}
        words, env = connection.client.settings_to_cmd_args_env(settings, [])
    return Command([path, *words[1:]], env or {}, password)


def read_from(command: Command, file: IO[bytes]) -> None:
    """Writes the output of a command into a file.

    Raises:
        ProvisioningError: the command failed; the message carries what it said.
    """
    with _running(command, stdout=subprocess.PIPE) as process:
        _copy(process.stdout, file)


def write_to(command: Command, file: IO[bytes]) -> None:
    """Gives a command this file as its input. Raises as ``read_from`` does."""
    with _running(command, stdin=subprocess.PIPE) as process:
        _copy(file, process.stdin)


def pipe(source: Command, target: Command) -> None:
    """Gives the output of one command to another as its input. Raises as ``read_from`` does."""
    with (
        _running(source, stdout=subprocess.PIPE) as reader,
        _running(target, stdin=subprocess.PIPE) as writer,
    ):
        _copy(reader.stdout, writer.stdin)


def _copy(source: IO[bytes] | None, target: IO[bytes] | None) -> None:
    """Copies a stream, and shows on a terminal how much has come through."""
    assert source and target  # noqa: S101  for the type checker
    with (
        suppress(BrokenPipeError),  # the command has ended early, and says why
        counting_bytes() as count,
    ):
        while chunk := source.read(_CHUNK):
            target.write(chunk)
            count(len(chunk))


@contextmanager
def _running(
    command: Command, stdin: IO[bytes] | int = subprocess.DEVNULL, stdout: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    with TemporaryFile() as said:  # not a pipe, which would have to be read at the same time
        process = subprocess.Popen(  # noqa: S603  the words are this package's own
            command.words,
            stdin=stdin,
            stdout=stdout,
            stderr=said,
            env={**os.environ, **command.env},
        )
        try:
            yield process
            if process.stdin:
                with suppress(BrokenPipeError):
                    process.stdin.close()  # which tells it that this was all
        except BaseException:
            process.kill()
            raise
        finally:
            if process.stdout:
                process.stdout.close()
            process.wait()
        if process.returncode:
            said.seek(0)
            lines = said.read().decode(errors="replace").splitlines()
            reason = sentence(Exception(" ".join(lines[-_LINES:])), command.secret)
            raise ProvisioningError(f"{os.path.basename(command.words[0])} failed: {reason}")
