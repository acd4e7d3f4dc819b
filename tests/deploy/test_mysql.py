"""compose.yaml's primary and replica, on a real MySQL: what their containers run, run here.

MariaDB, which the other tests may use, replicates in other words: TEST_MYSQL=mysql, or make test-newest.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..deployed import PASSWORD, shell
from ..servers import MySQL, ServerFailed
from ..servers.fixtures import require
from ..servers.tools import environ, run


class ComposeMySQL(MySQL):
    """As its image makes it: initialized, its script run, then started anew by compose's command."""

    user = "my_project"
    password = PASSWORD

    def __init__(self, base: Path, project: Path, service: str, **variables: str) -> None:
        super().__init__(base, f"compose-{service}")
        self.service = yaml.safe_load((project / "compose.yaml").read_text())["services"][service]
        self.script = (project / "deploy" / "mysql" / f"{service}.sh").read_text()
        self.variables = variables

    def prepare(self) -> None:
        self.initialize()

    def command(self) -> Sequence[str | Path]:
        program, *flags = self.service["command"]
        assert program == "mysqld"
        image = ("--skip-name-resolve", "--secure-file-priv=NULL")
        here = ("--bind-address=127.0.0.1", "--mysqlx=OFF")
        mysqld, _, *places = self.program()
        # With --no-defaults it would forget what SET PERSIST has kept for the next start.
        nothing = "--defaults-file=/dev/null"
        return [mysqld, nothing, *places, *self.places(), *image, *here, *flags]

    def introduce(self) -> None:
        # As the image does; root's other account stays without a password, for the kit.
        root = f"create user root@'%' identified by {quoted(PASSWORD)}"
        self.sql(f"set sql_log_bin = 0; {root}; grant all on *.* to root@'%'")
        # It also writes of its own: time zones, and none of them is a replica's to tell.
        self.sql(f"create database `of {self.name}`")
        self.shell("bash", self.script, MYSQL_ROOT_PASSWORD="")
        self.stop()
        self.start()

    def shell(self, program: str, script: str, **variables: str) -> str:
        """Runs it where `mysql` is this server's shell, as in the container."""
        place = f"--socket={self.socket} --port={self.port}"
        shim = self.base / f"{self.name}.bin" / "mysql"
        shim.parent.mkdir(exist_ok=True)
        shim.write_text(f'#!/bin/sh\nexec {self.client} --no-defaults {place} "$@"\n')
        shim.chmod(0o755)
        container = {
            "PATH": f"{shim.parent}:{environ()['PATH']}",
            "MYSQL_ROOT_PASSWORD": PASSWORD,
            "DATABASE_USER": self.user,
            "DATABASE_PASSWORD": PASSWORD,
        }
        return shell(program, script, container | self.variables | variables)

    def healthy(self) -> bool:
        test = self.service["healthcheck"]["test"].replace("$$", "$")
        try:
            self.shell("sh", test)
        except AssertionError:
            return False
        return True

    def as_project(self, statement: str) -> str:
        place = ("--host=127.0.0.1", f"--port={self.port}", f"--user={self.user}")
        words = (*place, f"--password={PASSWORD}", "-BN", "-e", statement)
        return run(self.client, "--no-defaults", *words)


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@pytest.fixture
def pair(rendered: Any, server_folder: Path) -> Iterator[tuple[ComposeMySQL, ComposeMySQL]]:
    require("MariaDB")
    project = rendered(database_engine="mysql")
    with ComposeMySQL(server_folder, project, "primary") as primary:
        place = {"PRIMARY_HOST": primary.host, "PRIMARY_PORT": str(primary.port)}
        with ComposeMySQL(server_folder, project, "replica", **place) as replica:
            yield primary, replica


def test_the_replica_follows_from_the_first_transaction_and_refuses_writes(pair):
    primary, replica = pair
    assert primary.healthy()
    replica.wait_until(replica.healthy, "healthy")

    primary.as_project("create database my_project; create table my_project.t (id int)")
    primary.as_project("insert into my_project.t values (1)")
    assert replica.has_reached(primary.position())
    assert replica.as_project("select id from my_project.t") == "1"
    status = replica.as_project("show replica status")  # which `databases` reads the lag from
    assert "Replica has read all relay log; waiting for more updates" in status

    with pytest.raises(ServerFailed, match="read-only"):
        replica.as_project("insert into my_project.t values (2)")
    with pytest.raises(ServerFailed, match="super-read-only"):  # root, whom read_only lets pass
        replica.sql("insert into t values (2)", "my_project")
