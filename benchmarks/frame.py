"""What every benchmark shares: a rendered project, a script run inside it, and a verdict.

A benchmark measures its peer in the same run, on the same machine, and is judged by the ratio alone. It
prints one line per ratio with its bound, and exits with 1 when it misses one.
"""

import argparse
import json
import operator
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.commands import environment, manage
from tests.rendering import ROOT, command, copy_template
from tests.servers import MariaDB, Postgres

INSIDE = Path(__file__).parent / "inside"
_KEEPS: dict[str, Callable[[float, float], bool]] = {
    "at most": operator.le,
    "at least": operator.ge,
}


class Verdicts:
    """Collects the ratios of one benchmark."""

    def __init__(self) -> None:
        self.missed = False

    def judge(self, what: str, ratio: float, keeps: str, bound: float, detail: str = "") -> None:
        kept = _KEEPS[keeps](ratio, bound)
        self.missed |= not kept
        verdict = "ok    " if kept else "MISSED"
        print(f"{verdict} {what}: {ratio:.2f}, {keeps} {bound:g}  {detail}", flush=True)

    def end(self) -> None:
        sys.exit(1 if self.missed else 0)


def short(description: str | None) -> bool:
    """Whether ``--short`` was given: fewer rounds, for a test that the benchmark works."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true", help="fewer rounds")
    return bool(parser.parse_args().short)


@contextmanager
def projects() -> Iterator[Callable[..., Path]]:
    """Renders projects by answers into a folder that is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        base = Path(folder)
        template = copy_template(base / "template")
        number = iter(range(100))

        def rendered(**answers: str) -> Path:
            words = [f"{field}={answer}" for field, answer in answers.items()]
            folder = base / str(next(number))
            done = command(template, folder, str(template), "--no-input", *words)
            if done.returncode:
                sys.exit(done.stdout + done.stderr)
            (project,) = folder.iterdir()
            return project

        yield rendered


def package(project: Path) -> str:
    """The name of a project's package."""
    (settings,) = project.glob("*/settings")
    return settings.parent.name


def on_sqlite(project: Path) -> dict[str, str]:
    """The environment of a project whose databases are made: SQLite files, nothing to install."""
    env = {"DJANGO_SETTINGS_MODULE": f"{package(project)}.settings.development"}
    manage(project, "bootstrap", env=env)
    return env


def on_server(project: Path, server: Postgres | MariaDB, **more: str) -> dict[str, str]:
    """The environment of a project in production on this server."""
    return {
        "DJANGO_SETTINGS_MODULE": f"{package(project)}.settings.production",
        "SECRET_KEY": "benchmark",
        "BASE_DOMAIN": "shop.example",
        "TENANTS": "acme",
        "DATABASE_TLS": "false",
        **server.environment(),
        **more,
    }


def create_databases(server: Postgres | MariaDB, *names: str) -> None:
    """Empty ones, which the project's user may do anything with."""
    owner = f" owner {server.user}" if isinstance(server, Postgres) else ""
    for name in names:
        server.sql(f"create database {name}{owner}")


def inside(project: Path, script: str, env: dict[str, str], *arguments: object) -> Any:
    """Runs a script of ``inside/`` in a project, and gives what it prints as JSON."""
    words = [str(INSIDE / script), *map(str, arguments)]
    done = subprocess.run(
        [sys.executable, *words],
        cwd=project,
        env=environment({**env, "PYTHONPATH": f"{project}:{ROOT}"}),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{script} ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])
