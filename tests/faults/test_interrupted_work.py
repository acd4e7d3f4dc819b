"""What a command was interrupted at leaves nothing that the next run does not complete."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..commands import environment, manage
from ..production import create, drop, variables
from ..servers import Postgres
from .saying import sentences


@pytest.fixture
def half_way(project: Any, server: Any, engine: str) -> Iterator[tuple[Path, Path]]:
    """A project of its own, and the SQL file of its tenants' legacy tables."""
    folder = project(database_engine=engine, project_slug="half_way")
    yield folder, folder / "legacy" / "conferences" / f"{engine}.sql"
    for name in ("half_way", "half_way_acme", "half_way_globex"):
        drop(server, name)


def with_statement(path: Path, statement: str) -> str:
    """Puts it in the middle of a file, and gives the file as it was."""
    before = path.read_text()
    first, second, rest = before.partition(
        "CREATE TABLE `people`" if "`" in before else "CREATE TABLE people"
    )
    assert second
    path.write_text(f"{first}{statement};\n\n{second}{rest}")
    return before


LEGACY_TABLES = {"confrnce", "people", "cstmflds", "abstract", "absauth"}


def tables(server: Any, database: str) -> set[str]:
    mine = "'public'" if isinstance(server, Postgres) else "database()"
    query = f"select table_name from information_schema.tables where table_schema = {mine}"
    return set(server.sql(query, database).splitlines())


def is_complete(server: Any) -> bool:
    return all(
        (
            server.sql("select count(*) from confrnce", name),
            server.sql("select count(*) from absauth", name),
        )
        == ("5", "3")
        for name in ("half_way_acme", "half_way_globex")
    )


def test_bootstrap_leaves_nothing_of_a_file_with_an_error(half_way, server, engine):
    folder, legacy = half_way
    env = server.environment()
    right = with_statement(legacy, "CREATE TABEL oops (id int)")
    (only,) = sentences(done := manage(folder, "bootstrap", env=env, check=False))
    place = f"legacy/conferences/{engine}.sql in ACME"
    assert only.startswith(f"CommandError: bootstrap stopped: {place}: ") and "TABEL" in only
    assert "Created database half_way_acme" in done.stdout and "Loaded" not in done.stdout
    assert tables(server, "half_way_acme") == set()

    legacy.write_text(right)
    again = manage(folder, "bootstrap", env=env).stdout
    assert "Loaded legacy sample into ACME: conferences" in again and "Created" not in again
    assert is_complete(server)


SLEEP = {"mysql": "SELECT SLEEP(30)", "postgresql": "SELECT pg_sleep(30)"}
ASLEEP = {
    "mysql": "select count(*) from information_schema.processlist where info like 'SELECT SLEEP%'",
    "postgresql": "select count(*) from pg_stat_activity where wait_event = 'PgSleep'",
}


def test_bootstrap_completes_what_a_crash_of_the_server_interrupted(half_way, server, engine):
    folder, legacy = half_way
    env = server.environment()
    right = with_statement(legacy, SLEEP[engine])
    command = [sys.executable, "manage.py", "bootstrap"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=folder, env=environment(env), **pipes) as running:
        server.wait_until(lambda: server.sql(ASLEEP[engine]) == "1", "asleep")
        server.kill()
        try:
            out, error = running.communicate(timeout=30)
        finally:
            server.start()
    done = subprocess.CompletedProcess(command, running.returncode, out, error)
    (only,) = sentences(done)
    assert only.startswith(
        f"CommandError: bootstrap stopped: legacy/conferences/{engine}.sql in ACME"
    )
    if engine == "mysql":  # which can't undo it: the next run has to
        assert "confrnce" in tables(server, "half_way_acme")

    legacy.write_text(right)
    again = manage(folder, "bootstrap", env=env).stdout
    assert "Loaded legacy sample into ACME: conferences" in again
    assert is_complete(server)
    managed = {"conferences_registration", "django_migrations"}
    assert LEGACY_TABLES | managed <= tables(server, "half_way_acme")
    assert not [name for name in tables(server, "half_way_acme") if "half_loaded" in name]


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_a_tenant_whose_migration_fails_is_named_and_completed_by_the_next_run(
    half_way, server, engine, jobs
):
    folder, _ = half_way
    env = variables("half_way", server)
    for name in ("half_way", "half_way_acme", "half_way_globex"):
        create(server, name)
    server.sql("create table conferences_registration (id int)", "half_way_acme")

    done = manage(folder, "migrate_databases", "--jobs", jobs, env=env, check=False)
    named, last = sentences(done)
    assert named.startswith("ACME: ") and "already exists" in named
    assert ("keeps what this migration had done before" in named) == (engine == "mysql")
    assert last == "CommandError: 1 of 3 databases failed: ACME."
    assert sorted(line.split(" ")[0] for line in done.stdout.splitlines()) == [
        "GLOBEX:",
        "default:",
    ]
    assert done.stdout.count("applied") == 2

    server.sql("drop table conferences_registration", "half_way_acme")
    again = manage(folder, "migrate_databases", "--jobs", jobs, env=env).stdout
    assert again.count("up to date") == 2 and "ACME: applied " in again
    assert manage(folder, "migrate_databases", "--check", env=env).stdout.count("up to date") == 3
