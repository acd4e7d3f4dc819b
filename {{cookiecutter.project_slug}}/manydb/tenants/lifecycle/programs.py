"""Runs the servers' own tools for dumps, and streams their input and output."""

import os
import re
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
_LINES = 3  # of a tool's errors
_SAYS_WHY = re.compile(r"\berror\b", re.IGNORECASE)  # other lines repeat the command
# What a person or another program has set for these tools; certificates are files of the machine.
_NOT_OURS = re.compile(r"(MYSQL|MARIADB|PG(?!SSL|SERVICEFILE|SYSCONFDIR))")


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, and environment variables for the password, which process lists must not show."""

    words: list[str]
    env: dict[str, str] = field(repr=False)
    secret: str = field(repr=False)

    def adding(self, *words: str) -> "Command":
        """Returns the command with these options after its name."""
        return replace(self, words=[self.words[0], *words, *self.words[1:]])


def program(*names: str, package: str) -> str:
    """Returns the path of the first of these programs that is installed.

    Raises:
        ProvisioningError: no program is installed. The message names the package.
    """
    for name in names:
        if path := shutil.which(name):
            return path
    raise ProvisioningError(
        f"{names[0]} is not installed. On Debian, run apt-get install {package}."
    )


def command_for(place: Place, path: str) -> Command:
    """Returns the command of a client, as ``manage.py dbshell`` calls it. The last word is the database."""
    with place.connect() as connection:
        settings = connection.settings_dict
        if new_login := getattr(
            connection, "new_login", None
        ):  # a token of IAM, or what has changed
            user, password = new_login()
        else:
            user = settings["USER"]
            password = str(connection.get_connection_params().get("password", ""))
        settings = {**settings, "USER": user, "PASSWORD": password}
        words, env = connection.client.settings_to_cmd_args_env(settings, [])
    env = dict(env or {})
    if wanted := (settings.get("OPTIONS") or {}).get("target_session_attrs"):  # of several hosts
        env["PGTARGETSESSIONATTRS"] = str(wanted)
    return Command([path, *words[1:]], env, password)


def read_from(command: Command, file: IO[bytes]) -> None:
    """Writes the output of a command into a file.

    Raises:
        ProvisioningError: the command failed. The message has its last lines.
    """
    with _running(command, stdout=subprocess.PIPE) as process:
        _copy(process.stdout, file)


def write_to(command: Command, file: IO[bytes]) -> None:
    """Runs a command with a file as its input.

    Raises:
        ProvisioningError: the command failed. The message has its last lines.
    """
    with _running(command, stdin=subprocess.PIPE) as process:
        _copy(file, process.stdin)


def pipe(source: Command, target: Command) -> None:
    """Runs two commands, with the output of one as the input of the other.

    Raises:
        ProvisioningError: a command failed. The message has its last lines.
    """
    with (
        _running(source, stdout=subprocess.PIPE) as reader,
        _running(target, stdin=subprocess.PIPE) as writer,
    ):
        _copy(reader.stdout, writer.stdin)


def _copy(source: IO[bytes] | None, target: IO[bytes] | None) -> None:
    """Copies a stream, and shows the progress on a terminal."""
    assert source and target  # noqa: S101  for the type checker
    with (
        suppress(BrokenPipeError),  # the command has ended, and its errors say why
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
            env=_environment() | command.env,
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
            why = [line for line in lines if _SAYS_WHY.search(line)][:_LINES] or lines[-_LINES:]
            reason = sentence(Exception(" ".join(why)), command.secret)
            raise ProvisioningError(f"{os.path.basename(command.words[0])} failed: {reason}")


def _environment() -> dict[str, str]:
    """The variables of this process but those that would change what a tool connects to or reads."""
    return {key: value for key, value in os.environ.items() if not _NOT_OURS.match(key)}
