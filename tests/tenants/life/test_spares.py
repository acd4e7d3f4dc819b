"""Databases that are made ahead, on real servers: a new tenant is one of them under another name."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from ...commands import environment
from ...servers.tools import ServerFailed
from .two_servers import Project

SPARES = 2
PREPARE = """
from django.test import override_settings
from manydb.tenants.lifecycle.spares import prepare
override_settings(TENANT_SPARES={spares}).enable()
prepare()
"""
CREATE = """
from django.test import override_settings
from manydb.tenants.lifecycle.creation import create
override_settings(TENANT_SPARES={spares}).enable()
create("{name}")
"""


def shell(code: str) -> tuple[str, ...]:
    return "shell", "-v0", "-c", code


FAMILY = """
create table parent (id int auto_increment primary key);
create table child (parent_id int, constraint belongs foreign key (parent_id) references parent (id));
insert into parent values (7);
insert into child values (7);
"""
NAMES = ["first", "second", "third", "fourth"]
on_mysql = pytest.mark.parametrize("project", ["mysql"], indirect=True)
on_postgresql = pytest.mark.parametrize("project", ["postgresql"], indirect=True)


@pytest.fixture
def prepared(project: Project) -> Iterator[Project]:
    """The project with as many spares as there are to be."""
    prepare(project, SPARES)
    assert len(spares(project)) == SPARES
    yield project
    prepare(project, 0)
    assert spares(project) == []
    for name in filter(project.state, NAMES):
        project.manage("drop_tenant", name, "--yes")


def prepare(project: Project, spares: int) -> None:
    project.manage(*shell(PREPARE.format(slug=project.slug, spares=spares)))


def spares(project: Project) -> list[str]:
    return [name for name in project.databases() if "_0spare_" in name]


def creation(project: Project, name: str) -> tuple[str, ...]:
    """The command that makes a tenant of a spare."""
    return shell(CREATE.format(slug=project.slug, spares=SPARES, name=name))


def test_a_new_tenant_takes_one(prepared: Project) -> None:
    prepared.manage(*creation(prepared, "first"))
    assert len(spares(prepared)) == SPARES - 1
    assert f"{prepared.slug}_first" in prepared.databases()
    prepared.register("first", "ada")
    assert prepared.registered("first") == {"ada"}


def test_each_of_many_at_once_has_a_database_of_its_own(prepared: Project) -> None:
    """More of them than there are spares."""
    creating = [
        subprocess.Popen(
            [sys.executable, "manage.py", *creation(prepared, name)],
            cwd=prepared.folder,
            env=environment(prepared.env),
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in NAMES
    ]
    said = [process.communicate()[1] for process in creating]
    assert [process.returncode for process in creating] == [0] * len(NAMES), said
    assert spares(prepared) == []
    for name in NAMES:
        prepared.register(name, name)
    for name in NAMES:
        assert prepared.registered(name) == {name}


@on_postgresql
def test_nobody_sits_in_a_spare(prepared: Project) -> None:
    """One session, and a spare could not become a tenant's; the tenant's own may be connected to."""
    for spare in spares(prepared):
        with pytest.raises(ServerFailed, match="not currently accepting connections"):
            prepared.server.sql("select 1", spare)


@on_mysql
def test_tables_that_were_moved_are_as_those_that_were_copied(prepared: Project) -> None:
    """Keys to one another included."""
    (template,) = [name for name in prepared.databases() if "_0template_" in name]
    prepared.server.sql(FAMILY, template)
    try:
        prepare(prepared, 0)
        prepare(prepared, SPARES)
        prepared.manage(*creation(prepared, "first"))
        prepared.manage("create_tenant", "second")
        tables = structure(prepared, "first")
        assert any("REFERENCES `parent`" in table for table in tables)
        assert structure(prepared, "second") == tables
    finally:
        prepared.server.sql("drop table child, parent", template)


@on_mysql
def test_one_that_lacks_a_table_becomes_no_tenant(prepared: Project) -> None:
    """A server that crashed while tables moved may have left it so."""
    for spare in spares(prepared):
        prepared.server.sql(f"drop table {spare}.django_migrations")
    prepared.manage(*creation(prepared, "first"))
    assert spares(prepared) == []
    prepared.manage("create_tenant", "second")
    assert structure(prepared, "first") == structure(prepared, "second")


def structure(project: Project, tenant: str) -> list[str]:
    """What makes each table of a tenant, and how many rows it has."""
    database = f"{project.slug}_{tenant}"
    listed = f"select table_name from information_schema.tables where table_schema = '{database}'"
    found = []
    for table in sorted(project.server.sql(listed).split()):
        found.append(project.server.sql(f"show create table {database}.{table}"))
        found.append(project.server.sql(f"select count(*) from {database}.{table}"))
    return found
