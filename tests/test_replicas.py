"""Reads on replicas, in one process on real servers: positions, choice, health, and what happens without.

Each query asks the server that runs it who it is: the number of a server of the kit is its port.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .production import DOMAIN, create, variables
from .projects import manage
from .servers import Postgres
from .servers.fixtures import MYSQL, require
from .shell import Shell, shell

PROJECTS = [
    (engine, router) for engine in ("mysql", "postgresql") for router in ("tenant", "replica")
]
# What a second client is in one process; the first is `client`.
CLIENTS = f"""
from django.test import Client
def visitor(): return Client(headers={{"host": "acme.{DOMAIN}"}})
client, stranger = visitor(), visitor()
def get(path, client=client, **headers): return client.get(path, secure=True, **headers).json()
"""


@dataclass
class Site:
    """A project in production, its servers, and a process of it."""

    engine: str
    slug: str
    folder: Path
    primary: Any
    replica: Any
    env: dict[str, str]
    shell: Shell

    def role(self, number: int) -> str:
        return {self.primary.port: "primary", self.replica.port: "replica"}[number]

    def write(self, client: str = "client") -> int:
        pk: int = self.shell(f"get('/write/', {client})")["pk"]
        return pk

    def reads(self, pk: int = 0, client: str = "client") -> str:
        """Which server answers, and that it has the row."""
        answer = self.shell(f"get('/read/{pk}/', {client})")
        assert answer["found"] or not pk, "a stale read"
        return self.role(answer["server"])


@pytest.fixture(scope="module")
def servers(server_folder: Path) -> Iterator[dict[str, Any]]:
    """Pairs of this module alone, to be paused and killed."""
    require("MariaDB", "mysqlclient")
    require("PostgreSQL")
    with (
        MYSQL(server_folder, "mysql-pair") as mysql,
        mysql.standby("mysql-pair-replica"),
        Postgres(server_folder, "postgresql-pair") as postgresql,
        postgresql.standby("postgresql-pair-replica"),
    ):
        yield {"mysql": mysql, "postgresql": postgresql}


@pytest.fixture(params=PROJECTS, ids="-".join)
def site(
    request: pytest.FixtureRequest, servers: dict[str, Any], rendered: Any, tmp_path: Path
) -> Iterator[Site]:
    """With a process that has just started, and a replica that is well before and after."""
    engine, router = request.param
    slug = f"pair_{router}"
    folder = rendered(database_engine=engine, router=router, project_slug=slug)
    primary = servers[engine]
    env = variables(slug, primary) | {"TENANTS": "acme"}
    if not hasattr(primary, slug):  # once
        create(primary, "accounts", folder / "legacy" / "accounts" / f"{engine}.sql")
        create(primary, f"{slug}_acme", folder / "legacy" / "conferences" / f"{engine}.sql")
        create(primary, slug)
        manage(folder, "migrate_databases", env=env)
        setattr(primary, slug, True)
    primary.replica.catch_up()
    with shell(folder, env, tmp_path / "log") as process:
        process(CLIENTS)
        yield Site(engine, slug, folder, primary, primary.replica, env, process)
    primary.replica.catch_up()


def test_a_client_reads_the_primary_until_the_replica_has_what_it_wrote(site):
    assert site.reads() == "replica"
    site.replica.pause_replay()
    try:
        written = site.write()
        assert site.reads(written) == "primary"
        assert site.reads(client="stranger") == "replica"
    finally:
        site.replica.resume_replay()
    site.replica.catch_up()
    assert site.reads(written) == "replica"
