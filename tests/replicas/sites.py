"""A project in production on a primary and its replica, which a test may pause, freeze and kill.

Each query of a site asks the server that runs it who it is: the number of a server of the kit is its port.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ..commands import manage
from ..production import create, variables
from ..servers import Postgres
from ..servers.fixtures import MYSQL, require
from ..shell import Shell, shell

# Engine and router. ``site`` is one of the first two unless a test asks for others.
PAIRS = [
    ("mysql", "tenant"),
    ("postgresql", "replica"),
    ("mysql", "replica"),
    ("postgresql", "tenant"),
]
in_all_projects = pytest.mark.parametrize("site", PAIRS, ids="-".join, indirect=True)
on_postgresql = pytest.mark.parametrize("site", PAIRS[1:2], ids="-".join, indirect=True)


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
    scratch: Path

    @property
    def database(self) -> str:
        return f"{self.slug}_acme" if self.slug == "pair_tenant" else self.slug

    @contextmanager
    def another(self, **env: str) -> Iterator[Shell]:
        """Another process, in another environment."""
        log = self.scratch / f"{uuid4()}.log"
        with shell(self.folder, self.env | env, log, "replicas") as process:
            yield process

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


@pytest.fixture(scope="session")
def mysql_pair(server_folder: Path) -> Iterator[Any]:
    """For sites alone: others share servers that nobody kills."""
    require("MariaDB", "mysqlclient")
    with MYSQL(server_folder, "mysql-pair") as primary, primary.standby("mysql-pair-replica"):
        yield primary


@pytest.fixture(scope="session")
def postgresql_pair(server_folder: Path) -> Iterator[Any]:
    require("PostgreSQL")
    with Postgres(server_folder, "postgresql-pair") as primary, primary.standby("pair-standby"):
        yield primary


@pytest.fixture(params=PAIRS[:2], ids="-".join)
def site(request: pytest.FixtureRequest, rendered: Any, tmp_path: Path) -> Iterator[Site]:
    """With a process that has just started, and a replica that is well before and after."""
    engine, router = request.param
    slug = f"pair_{router}"
    folder = rendered(database_engine=engine, router=router, project_slug=slug)
    primary = request.getfixturevalue(f"{engine}_pair")
    env = variables(slug, primary) | {"TENANTS": "acme"}
    if not hasattr(primary, slug):  # once
        create(primary, "accounts", folder / "legacy" / "accounts" / f"{engine}.sql")
        create(primary, f"{slug}_acme", folder / "legacy" / "conferences" / f"{engine}.sql")
        create(primary, slug)
        manage(folder, "migrate_databases", env=env)
        setattr(primary, slug, True)
    primary.replica.catch_up()
    with shell(folder, env, tmp_path / "log", "replicas") as process:
        yield Site(engine, slug, folder, primary, primary.replica, env, process, tmp_path)
    primary.replica.catch_up()


@contextmanager
def during(begin: Callable[[], None], *end: Callable[[], None]) -> Iterator[None]:
    begin()
    try:
        yield
    finally:
        for step in end:
            step()


def paused(replica: Any) -> AbstractContextManager[None]:
    """It receives, and applies nothing, while the block lasts."""
    return during(replica.pause_replay, replica.resume_replay, replica.catch_up)


@contextmanager
def lagging(replica: Any, seconds: float) -> Iterator[None]:
    """It applies each commit about so much later."""
    if isinstance(replica, Postgres):
        with during(lambda: replica.delay(seconds), lambda: replica.delay(0), replica.catch_up):
            yield
        return
    # MariaDB counts its delay in whole seconds: replay goes on for a moment, again and again.
    over = threading.Event()

    def stutter() -> None:
        while not over.wait(0.02):
            replica.pause_replay()
            over.wait(seconds)
            replica.resume_replay()

    thread = threading.Thread(target=stutter)
    with during(thread.start, over.set, thread.join, replica.catch_up):
        yield


def cut_off(replica: Any) -> AbstractContextManager[None]:
    """It receives nothing, and has applied all that it has got."""
    return during(replica.stop_receiving, replica.resume_receiving, replica.catch_up)


def away(server: Any) -> AbstractContextManager[None]:
    """Killed, and started when the block ends."""
    return during(server.kill, server.start)


def frozen(server: Any) -> AbstractContextManager[None]:
    return during(server.freeze, server.thaw)
