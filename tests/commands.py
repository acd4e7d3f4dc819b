"""Runs commands in rendered projects, as their users would."""

import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ruff.__main__ import find_ruff_bin

from .forks import forks
from .processes import running
from .servers.ports import free_port

PROBES = Path(__file__).parent / "probes"  # what tests run in a project

# What this machine's own shell may hold must not reach a project under test.
_OURS = (
    "DATABASE_",
    "DJANGO_",
    "SECRET_KEY",
    "TENANTS",
    "BASE_DOMAIN",
    "PYTEST_",
    "AWS_",
    "VAULT_",
    "CONN_MAX_AGE",
    "PYTHONPYCACHEPREFIX",  # byte code lies beside its source (tests/byte_code.py)
)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without what a project would read, and with ``extra``."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return clean | {"PYTHONDONTWRITEBYTECODE": "1"} | dict(extra or {})


def run(
    project: Path,
    *command: str,
    python: str = sys.executable,
    env: Mapping[str, str] | None = None,
    check: bool = True,
    timeout: float = 300,
) -> subprocess.CompletedProcess[str]:
    """Runs ``python COMMAND…`` in a project; a failure shows all that the command printed.

    A Python of our own need not load Django for it (tests/forks.py).
    """
    env = environment(env)
    if python == sys.executable and forks().can_run(command, env):
        done = forks().run(command, project, env, timeout)
    else:
        done = subprocess.run(
            [python, *command],
            cwd=project,
            env=env,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
    if check and done.returncode:
        raise AssertionError(
            f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        )
    return done


def ruff(project: Path, *words: str) -> None:
    """``ruff WORDS…`` finds nothing in a project."""
    command = [find_ruff_bin(), *words, "--no-cache"]
    done = subprocess.run(command, cwd=project, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr


def manual(project: Path) -> str:
    """What a project tells its owner: README.md, docs/, and the pages of the manual that are for its router.

    The page for existing projects is for no project of the template, and a tutorial makes a project of its own.
    """
    routers = (project / "manydb").glob("*/*_router.py")
    has = {path.stem.removesuffix("_router") for path in routers}
    pages = []
    for page in (project / "manydb/docs").rglob("*.md"):
        first = page.read_text(encoding="utf-8").splitlines()[2]
        routers_named = set(re.findall(r"router=(\w+)", first)) if "Needs" in first else set()
        elsewhere = page.name == "existing_project.md" or page.parent.name == "tutorial"
        if not elsewhere and (not routers_named or routers_named & has):
            pages.append(page)
    files = [project / "README.md", *sorted((*(project / "docs").glob("*.md"), *pages))]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def manage(project: Path, *command: str, **options: object) -> subprocess.CompletedProcess[str]:
    """``python manage.py COMMAND…`` in a project."""
    return run(project, "manage.py", *command, **options)  # type: ignore[arg-type]


@contextmanager
def serve(
    project: Path, python: str = sys.executable, env: Mapping[str, str] | None = None
) -> Iterator[int]:
    """``python manage.py runserver`` while the block lasts; gives the port once it answers."""
    port = free_port()
    command = [python, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    log = project / "runserver.log"
    with running(command, log, lambda: listens(port), cwd=project, env=environment(env)):
        yield port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def get(port: int, host: str, path: str = "/") -> tuple[int, str]:
    """Status and body of a page, asked for as a browser that was sent to this host."""
    address = f"http://127.0.0.1:{port}{path}"
    request = urllib.request.Request(address, headers={"Host": f"{host}:{port}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
