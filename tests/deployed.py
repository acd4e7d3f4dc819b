"""A project's deploy/ and compose.yaml at work without containers: what they run, run here.

Only ports and folders are the test's own.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from .servers import PgBouncer, Postgres, account, programs
from .servers.tools import environ

# Everything that a shell, SQL or a configuration file could trip over.
PASSWORD = "it's a \"quoted\\ $word"


def lint(tool: str, *arguments: str | Path) -> None:
    """Runs a linter that pip has put beside this Python."""
    command = [Path(sys.executable).with_name(tool), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


class ComposePostgres(Postgres):
    """The primary as its container makes it: initdb, deploy/postgresql/primary.sh, compose's command."""

    user = "my_project"
    password = PASSWORD

    def __init__(self, base: Path, project: Path, name: str = "compose") -> None:
        self.service = yaml.safe_load((project / "compose.yaml").read_text())["services"]["primary"]
        super().__init__(base, name, settings=flags(self.service["command"]))
        self.deploy = visible(base, project)

    def introduce(self) -> None:
        script = (self.deploy / "postgresql" / "primary.sh").read_text()
        shell("bash", script.replace("/deploy/", f"{self.deploy}/"), self.container())
        self.sql("select pg_reload_conf()")  # the image restarts the server

    def container(self) -> dict[str, str]:
        place = {"PGHOST": str(self.home), "PGPORT": str(self.port), "PGDATA": str(self.data)}
        return place | {"DATABASE_USER": self.user, "DATABASE_PASSWORD": self.password}


class ComposeReplica(Postgres):
    """The replica as its container runs it: deploy/postgresql/replica.sh, all of it."""

    user = ComposePostgres.user
    password = PASSWORD

    def __init__(self, base: Path, project: Path, primary: ComposePostgres) -> None:
        super().__init__(base, "compose-replica", primary=primary)
        self.script = primary.deploy / "postgresql" / "replica.sh"

    def prepare(self) -> None:
        account.private(self.data)  # as the volume is, before the first start

    def command(self) -> Sequence[str | Path]:
        assert self.primary
        server = super().command()
        variables = {
            "PATH": f"{programs.postgresql('postgres').parent}:{environ()['PATH']}",
            "PGDATA": str(self.data),
            "PRIMARY_HOST": self.primary.host,
            "PGPORT": str(self.primary.port),  # 5432 in a container
            "PGPASSWORD": PASSWORD,
        }
        return ["env", *(f"{k}={v}" for k, v in variables.items()), "sh", self.script, *server]


class DeployedPgBouncer(PgBouncer):
    """deploy/pgbouncer/ as it is, run by its own start.sh; only ports and folders are the test's."""

    password = PASSWORD

    def __init__(
        self,
        base: Path,
        server: Postgres,
        deploy: Path,
        name: str,
        program: Path | None = None,
        **edits: str,
    ) -> None:
        super().__init__(base, server, name)
        self.folder = base / name
        self.program = program or programs.pgbouncer()
        self.deploy = account.private(self.home / "deploy")
        for file in ("pgbouncer.ini", "start.sh"):
            shutil.copy(deploy / "pgbouncer" / file, self.deploy)
        ini = self.deploy / "pgbouncer.ini"
        ini.write_text(
            edited(ini.read_text(), listen_port=str(self.port), listen_addr="127.0.0.1", **edits)
        )
        if version(self.program) < (1, 19):
            fix = readme_command(deploy, "sed '/^auth_dbname")
            ini.write_text(subprocess.check_output(["sh", "-c", fix], cwd=self.deploy, text=True))
        for path in self.deploy.iterdir():
            account.hand_over(path)

    def prepare(self) -> None:
        account.private(self.data)

    def command(self) -> Sequence[str | Path]:
        variables = {
            "PATH": f"{self.program.parent}:{environ()['PATH']}",
            "RUNTIME_DIRECTORY": str(self.data),
            "SERVER_HOST": self.server.host,
            "SERVER_PORT": str(self.server.port),
            "DATABASE_USER": self.user,
            "DATABASE_PASSWORD": PASSWORD,
        }
        return ["env", *(f"{k}={v}" for k, v in variables.items()), "sh", self.deploy / "start.sh"]

    def console(self, statement: str) -> str:
        """The admin console, as the user that the ini file gives it to."""
        place = ("-h", self.host, "-p", str(self.port), "-U", "bouncer", "-d", "pgbouncer")
        psql = [programs.postgresql("psql"), *place]
        env = environ() | {"PGPASSWORD": PASSWORD}
        return subprocess.check_output([*psql, "-XAtqc", statement], env=env, text=True)


# What they are made of, and what tests ask of them


def visible(base: Path, project: Path) -> Path:
    """A copy of deploy/ where the servers' account may read it."""
    copy = base / f"deploy-{project.parent.name}"
    if not copy.exists():
        shutil.copytree(project / "deploy", copy)
        subprocess.run(["chmod", "-R", "a+rX", copy], check=True)
    return copy


def flags(command: list[str]) -> dict[str, str]:
    """``[postgres, -c, a=b]`` as settings."""
    assert command[0] == "postgres" and set(command[1::2]) == {"-c"}
    return dict(word.split("=") for word in command[2::2])


def shell(program: str, script: str, variables: dict[str, str]) -> str:
    """Runs a script, or a healthcheck, as in the container whose environment this is."""
    done = subprocess.run(
        [program, "-c", script], env=environ() | variables, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def path_of(program: Path) -> str:
    return f"{program.parent}:{program.resolve().parent}:{environ()['PATH']}"


def edited(ini: str, **settings: str) -> str:
    for key, value in settings.items():
        ini, count = re.subn(rf"^{key} = .*$", f"{key} = {value}", ini, flags=re.MULTILINE)
        assert count == 1, key
    return ini


def version(pgbouncer: Path) -> tuple[int, int]:
    said = subprocess.check_output([pgbouncer, "--version"], text=True)
    major, minor = re.search(r"PgBouncer (\d+)\.(\d+)", said).groups()
    return int(major), int(minor)


def too_old() -> bool:
    """Whether this machine's PgBouncer is older than 1.19, as Debian 12's is."""
    return version(programs.pgbouncer()) < (1, 19)


def readme_command(deploy: Path, start: str) -> str:
    """The line of the README's code that starts like this."""
    (line,) = [
        line.strip()
        for line in (deploy / "pgbouncer" / "README.md").read_text().splitlines()
        if line.strip().startswith(start)
    ]
    return line
