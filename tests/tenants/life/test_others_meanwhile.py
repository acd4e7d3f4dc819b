"""Others who are connected to a tenant's database while it is moved or dropped."""

import time
from pathlib import Path

import pytest

from ...processes import eventually
from ...servers import ServerFailed
from .two_servers import Project

# Registers 0, 1, 2 … and says of each whether it was written. The process trusts for so many seconds
# what it was told of where the tenant is.
WRITE = """
import itertools, time
from django.test import override_settings
from django.db import Error, connections
from {slug}.conferences.models import Registration
from manydb.tenants.context import tenant_context
override_settings(TENANT_CACHE_SECONDS={seconds}).enable()
with open("{file}", "w", buffering=1) as said:
    for number in itertools.count():
        word = "written"
        try:
            with tenant_context("initech"):
                Registration.objects.create(conference_id="X", email=f"{name}{{number}}")
        except Error:
            connections["INITECH"].close()
            word = "refused"
        said.write(f"{{word}} {{number}}\\n")
        time.sleep(0.002)
"""
# Says for each line of input which server this thread is connected to, and which one another thread is.
WHERE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from django.db import connections
from manydb.tenants.context import tenant_context
def where():
    with tenant_context("initech"), connections["INITECH"].cursor() as cursor:
        cursor.execute("SELECT {port}")
        return cursor.fetchone()[0]
with ThreadPoolExecutor(1) as other:
    for line in sys.stdin:
        print(where(), other.submit(where).result(), flush=True)
"""
HOLD = """
import time
from django.db import transaction
from {slug}.conferences.models import Registration
with transaction.atomic("INITECH"):
    Registration.objects.create(conference_id="X", email="never")
    print("open", flush=True)
    time.sleep(60)
"""
# Twelve threads connect to the tenant's database, one session after the other.
CROWD = """
import time
from threading import Thread
from django.db import connections
wrapper = connections["INITECH"]
settings = wrapper.settings_dict
login = {{key.lower(): settings[key] for key in ("HOST", "USER", "PASSWORD")}}
login |= {{"port": int(settings["PORT"]), "{database}": settings["NAME"]}}
def come_and_go():
    while True:
        try:
            session = wrapper.Database.connect(**login)
            session.cursor().execute("SELECT 1")
            session.close()
        except wrapper.Database.Error:
            pass
for _ in range(12):
    Thread(target=come_and_go, daemon=True).start()
print("begun", flush=True)
time.sleep(600)
"""


class Writer:
    """What a process that runs WRITE has said so far."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.file = name, folder / name

    def code(self, project: Project, seconds: int) -> str:
        return WRITE.format(slug=project.slug, seconds=seconds, file=self.file, name=self.name)

    def said(self) -> list[str]:
        """All lines that are whole."""
        return self.file.read_text().split("\n")[:-1] if self.file.exists() else []

    def written(self) -> set[str]:
        words = [line.split() for line in self.said()]
        return {f"{self.name}{number}" for word, number in words if word == "written"}

    def has_said(self, word: str) -> None:
        """Waits until it has said this once."""
        assert eventually(lambda: any(line.startswith(word) for line in self.said()), 60), self.name

    def wait_for(self, word: str) -> None:
        """Until it says this of something that it begins from now on."""
        known = len(self.said()) + 1  # what it is at has begun before
        assert eventually(lambda: any(line.startswith(word) for line in self.said()[known:]), 60), (
            self.name,
            word,
            self.said()[-3:],
        )


def test_what_is_written_during_a_move_is_refused_or_there_afterwards(
    project: Project, tenant: str, tmp_path: Path
) -> None:
    """One process asks the catalog each time, the other one only when the database says something else."""
    follows, stays = Writer(tmp_path, "follows"), Writer(tmp_path, "stays")
    with (
        project.beside(tenant, follows.code(project, seconds=0)),
        project.beside(tenant, stays.code(project, seconds=3600)),
    ):
        for writer in (follows, stays):
            writer.wait_for("written")
        project.manage("move_tenant", tenant, "--to", "eu")
        follows.wait_for("written")
        stays.has_said("refused")
        written = follows.written() | stays.written()
        assert written <= project.registered(tenant)

        project.manage("move_tenant", tenant, "--back", "--yes")
        for writer in (follows, stays):
            writer.wait_for("written")
        written = stays.written()
        assert written <= project.registered(tenant) | previous(project, tenant)


def previous(project: Project, tenant: str) -> set[str]:
    """Who has a row in the database that a move back has left on the other server, frozen."""
    frozen = {"mysql": "0frozen_", "postgresql": ""}[project.engine]
    place = f"{project.slug}_{frozen}{tenant}"
    return set(project.eu.sql("select email from conferences_registration", place).split())


def test_nobody_writes_into_what_was_moved_away_from(project: Project, tenant: str) -> None:
    place = f"{project.slug}_{tenant}"
    statements = ["delete from conferences_registration"]
    if project.engine == "mysql":  # where a session in any database may name this one
        statements.append(f"delete from {place}.conferences_registration")
    project.manage("move_tenant", tenant, "--to", "eu")
    for statement in statements:
        with pytest.raises(ServerFailed):
            project.server.sql(statement, place if "." not in statement else "")
    project.eu.sql(statements[0], place)


def test_connections_that_are_open_go_along(project: Project, tenant: str) -> None:
    port = {"mysql": "@@port", "postgresql": "inet_server_port()"}[project.engine]
    code = WHERE.format(slug=project.slug, port=port)
    with project.beside(tenant, code) as other:

        def servers() -> list[int]:
            assert other.stdin and other.stdout
            other.stdin.write("?\n")
            other.stdin.flush()
            return [int(word) for word in other.stdout.readline().split()]

        assert servers() == servers() == [project.server.port] * 2
        project.manage("move_tenant", tenant, "--to", "eu")
        assert servers() == [project.eu.port] * 2
        project.manage("move_tenant", tenant, "--back", "--yes")
        assert servers() == [project.server.port] * 2


def test_sessions_are_no_obstacle(project: Project, tenant: str) -> None:
    """Another process has a transaction open in the tenant's database while it is moved, and dropped."""
    for command in (("move_tenant", tenant, "--to", "eu"), ("drop_tenant", tenant, "--yes")):
        with project.beside(tenant, HOLD.format(slug=project.slug)) as other:
            assert other.stdout and other.stdout.readline() == "open\n"
            began = time.monotonic()
            project.manage(*command)
            assert time.monotonic() - began < 30
    assert project.state(tenant) is None


def test_clients_that_come_and_go_are_no_obstacle(project: Project, tenant: str) -> None:
    """Each session ends by itself and is followed by another: none of them is one that does not end."""
    database = {"mysql": "database", "postgresql": "dbname"}[project.engine]
    with project.beside(tenant, CROWD.format(database=database)) as other:
        assert other.stdout and other.stdout.readline() == "begun\n"
        project.manage("move_tenant", tenant, "--to", "eu")
    assert project.state(tenant)["state"] == "ready"
