"""What clients of deploy/pgbouncer/pgbouncer.ini meet, with the settings of pooling=pgbouncer and without.

Each test runs on this machine's PgBouncer and on every other that EXTRA_PGBOUNCER names, for one release
says little about the next (a list, as PATH is):

    EXTRA_PGBOUNCER=/opt/pgbouncer-1.26/bin/pgbouncer python -m pytest tests/pgbouncer

A setting that `manage.py check` reports is shown here to do the harm that it is reported for.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from ..deployed import PASSWORD, ComposePostgres, DeployedPgBouncer
from ..pooling.presets import preset_of
from ..servers import programs
from ..servers.fixtures import require
from .clients import running

EXTRA = [Path(path) for path in os.environ.get("EXTRA_PGBOUNCER", "").split(os.pathsep) if path]


@pytest.fixture(scope="package")
def server(rendered: Callable[..., Path], server_folder: Path) -> Iterator[ComposePostgres]:
    """PostgreSQL as compose.yaml runs it, with its 100 connections, and 5,000 rows."""
    require("PostgreSQL", "PgBouncer")
    project = rendered(database_engine="postgresql", pooling="pgbouncer")
    with ComposePostgres(server_folder, project, "bounced") as primary:
        password = PASSWORD.replace("'", "''")
        primary.sql(f"create role app login password '{password}'")
        primary.sql("create role owner; grant owner to app")
        primary.sql("create database shop owner app")
        primary.sql("alter database shop set log_statement = 'all'")
        rows = "insert into notes_note (text) select 'note' from generate_series(1, 5000)"
        table = "create table notes_note (id bigserial primary key, text text not null)"
        primary.sql(f"set role app; {table}; {rows}", "shop")
        yield primary


@pytest.fixture(scope="package")
def preset() -> ModuleType:
    return preset_of("postgresql", "pgbouncer")


@pytest.fixture(scope="package", params=[None, *EXTRA], ids=lambda path: str(path or "installed"))
def program(request: pytest.FixtureRequest, server: ComposePostgres) -> Path:
    return request.param or programs.pgbouncer()


@pytest.fixture
def bouncer(server: ComposePostgres, program: Path) -> Iterator[DeployedPgBouncer]:
    """The ini file as it is."""
    with running(server, program) as pooler:
        yield pooler


@pytest.fixture
def narrow(server: ComposePostgres, program: Path) -> Iterator[DeployedPgBouncer]:
    """All clients share one server connection: each meets what another left behind."""
    with running(server, program, default_pool_size="1") as pooler:
        yield pooler
