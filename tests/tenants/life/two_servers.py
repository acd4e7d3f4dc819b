"""A project on two servers of its engine, so that its tenants can move, and its commands."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...commands import PROBES, environment
from ...servers import MariaDB, Postgres

SETTINGS = """
TENANT_SERVERS = {{"eu": {{"HOST": "{host}", "PORT": {port}}}}}
TENANT_CACHE_SECONDS = 0
"""


@dataclass
class Project:
    """A bootstrapped project on two servers: that of ``default``, and ``eu``."""

    folder: Path
    env: dict[str, str]
    engine: str
    server: MariaDB | Postgres
    eu: MariaDB | Postgres
    commander: subprocess.Popen[str]

    @property
    def slug(self) -> str:
        return self.folder.name

    def manage(
        self, *words: str, check: bool = True, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """``python manage.py WORDS…``, by a process that has loaded Django already."""
        assert self.commander.stdin and self.commander.stdout
        self.commander.stdin.write(json.dumps({"words": words, "env": env or {}}) + "\n")
        self.commander.stdin.flush()
        said = json.loads(self.commander.stdout.readline())
        assert said["code"] == 0 or not check, said
        return subprocess.CompletedProcess(words, said["code"], said["out"], said["err"])

    def refusal(self, *words: str, **options: Any) -> str:
        """The one sentence that a command ends with."""
        done = self.manage(*words, check=False, **options)
        assert done.returncode == 1, done
        last = done.stderr.splitlines()[-1]
        assert last.startswith("CommandError: ") and "Traceback" not in done.stderr, done.stderr
        assert self.server.password not in done.stdout + done.stderr
        assert last.endswith(".md."), last  # the page of the manual
        return last.removeprefix("CommandError: ").partition(" See manydb/docs/")[0]

    def inside(self, tenant: str, code: str) -> str:
        """What a line of Python prints with this tenant active."""
        words = ("tenant_command", tenant, "--", "shell", "-v0", "-c", code)
        return self.manage(*words).stdout.strip()

    @contextmanager
    def beside(self, tenant: str, code: str) -> Iterator[subprocess.Popen[str]]:
        """Runs Python with this tenant active in another process, until the block ends."""
        words = ("tenant_command", tenant, "--", "shell", "-v0", "-c", code)
        with subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=self.folder,
            env=environment(self.env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def register(self, tenant: str, *people: str) -> None:
        """Adds a row for each of them to a tenant's database."""
        code = f"[R.objects.create(conference_id='X', email=each) for each in {people}]"
        self.inside(tenant, self.registration + code)

    def registered(self, tenant: str) -> set[str]:
        """Who has a row in a tenant's database."""
        code = f"print(*R.objects.using('{tenant.upper()}').values_list('email', flat=True))"
        return set(self.inside(tenant, self.registration + code).split())

    @property
    def registration(self) -> str:
        """The model whose rows these tests write, as ``R``."""
        return f"from {self.slug}.conferences.models import Registration as R; "

    def state(self, tenant: str) -> dict[str, Any] | None:
        rows = json.loads(self.manage("list_tenants", "--json").stdout)
        return next((row for row in rows if row["name"] == tenant), None)

    def databases(self, server: MariaDB | Postgres | None = None) -> list[str]:
        listed = {
            "mysql": "select schema_name from information_schema.schemata",
            "postgresql": "select datname from pg_database",
        }[self.engine]
        return (server or self.server).sql(listed).split()


def add_server(folder: Path, host: str, port: int) -> None:
    """Another server for the tenants of a project, ``eu``, and no delay in anything."""
    with (folder / folder.name / "settings" / "development.py").open("a") as file:
        file.write(SETTINGS.format(host=host, port=port))


@contextmanager
def two_servers(
    rendering: Path, folder: Path, server: MariaDB | Postgres, eu: MariaDB | Postgres
) -> Iterator[Project]:
    """A copy of a rendering in ``folder``, after ``bootstrap``."""
    shutil.copytree(rendering, folder)
    add_server(folder, eu.host, eu.port)
    engine = "postgresql" if isinstance(server, Postgres) else "mysql"
    env = server.environment()
    with commander(folder, env) as process:
        project = Project(folder, env, engine, server, eu, process)
        project.manage("bootstrap")
        yield project


@contextmanager
def commander(folder: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, str(PROBES / "commander.py")],
        cwd=folder,
        env=environment(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()  # which ends it
