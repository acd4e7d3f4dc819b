"""What goes wrong, and what must be said of it: the reason, in sentences fit for a reader, and no secret."""

import html
import re
import subprocess
from collections.abc import Callable

from ..production import SECRET_KEY
from ..servers import Server
from ..servers.ports import free_port

WRONG_PASSWORD = "wr0ng pa's-s\\wo\"rd @:/%"
SECRETS = (SECRET_KEY, Server.password, WRONG_PASSWORD)

# What makes it so, and what each engine calls it.
FAULTS: dict[str, tuple[Callable[[], dict[str, str]], dict[str, str]]] = {
    "wrong password": (
        lambda: {"DATABASE_PASSWORD": WRONG_PASSWORD},
        {"mysql": "Access denied", "postgresql": "password authentication failed"},
    ),
    "server down": (
        lambda: {"DATABASE_PORT": str(free_port())},
        {"mysql": "Can't connect", "postgresql": "Connection refused"},
    ),
}

# In production: "2026-11-30 03:16:00,123 INFO manydb.commands: migrate_databases is refused: …"
OF_THE_LOG = re.compile(r"\d{4}-\d\d-\d\d [\d:,]+ (INFO|WARNING|ERROR) manydb\.")


def plain(text: str) -> str:
    """Without what pages, Python and libpq put into a password that they quote."""
    return re.sub(r"[\\'\"\s]", "", html.unescape(text))


def shows_no_secret(text: str) -> bool:
    return not any(plain(secret) in plain(text) for secret in SECRETS)


def without_page(line: str) -> str:
    return re.sub(r" See manydb/docs/\S+\.md\.$", "", line)


def sentences(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What a command that failed wrote to standard error, but the page that the last line names, and lines of the log.

    All of it must be fit for a reader.
    """
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr and "Warning" not in done.stderr, done.stderr
    assert shows_no_secret(done.stdout + done.stderr)
    lines = [line for line in done.stderr.splitlines() if not OF_THE_LOG.match(line)]
    assert all(len(line) > 20 for line in lines), lines
    return [*lines[:-1], without_page(lines[-1])]
