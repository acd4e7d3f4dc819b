"""What goes wrong with real servers: one sentence, an error page within seconds, and no secret shown."""

import html
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from .production import DOMAIN, SECRET_KEY, create, drop, serving, variables
from .projects import environment, manage
from .servers import PgBouncer, Postgres, Server
from .servers.fixtures import MYSQL, require
from .servers.ports import free_port

ENGINES = ("mysql", "postgresql")
WRONG_PASSWORD = "wr0ng pa's-s\\wo\"rd @:/%"
SECRETS = (SECRET_KEY, Server.password, WRONG_PASSWORD)


def plain(text: str) -> str:
    """Without what pages, Python and libpq put into a password that they quote."""
    return re.sub(r"[\\'\"\s]", "", html.unescape(text))


def shows_no_secret(text: str) -> bool:
    return not any(plain(secret) in plain(text) for secret in SECRETS)


def sentences(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What a command that failed wrote to standard error; all of it must be fit for a reader."""
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr and "Warning" not in done.stderr, done.stderr
    assert shows_no_secret(done.stdout + done.stderr)
    lines = done.stderr.splitlines()
    assert all(len(line) > 20 for line in lines), lines
    return lines


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, server_folder: Path, rendered: Any) -> Iterator[Any]:
    """A server of this module alone, to be killed, with the databases of a project."""
    engine = request.param
    if engine == "mysql":
        require("MariaDB", "mysqlclient")
    else:
        require("PostgreSQL")
    with {"mysql": MYSQL, "postgresql": Postgres}[engine](server_folder, f"{engine}-faults") as it:
        manage(rendered(database_engine=engine), "bootstrap", env=it.environment())
        yield it


on_each_engine = pytest.mark.parametrize(
    ("server", "engine"), [(engine, engine) for engine in ENGINES], indirect=["server"], ids=ENGINES
)


# Commands, while the server can't be used

FAULTS: dict[str, tuple[Callable[[], dict[str, str]], dict[str, str]]] = {
    "wrong password": (
        lambda: {"DATABASE_PASSWORD": WRONG_PASSWORD},
        {"mysql": "Access denied", "postgresql": "password authentication failed"},
    ),
    "server down": (
        lambda: {"DATABASE_PORT": str(free_port())},
        {"mysql": "Can't connect", "postgresql": "Connection refused"},
    ),
}
PRIMARIES = ["default", "accounts", "ACME", "GLOBEX"]


@on_each_engine
@pytest.mark.parametrize("fault", FAULTS)
def test_commands_say_why_they_can_not_go_on(rendered, server, engine, fault):
    project = rendered(database_engine=engine)
    change, reasons = FAULTS[fault]
    development = server.environment() | change()
    production = variables("my_project", server) | change()

    for env in (development, production):
        (last,) = sentences(shown := manage(project, "databases", env=env, check=False))
        assert last == f"CommandError: No answer from {', '.join(PRIMARIES)}."
        assert shown.stdout.count(reasons[engine]) == 8

        shown = manage(project, "databases", "--json", env=env, check=False)
        assert sentences(shown) == [last]
        rows = json.loads(shown.stdout)
        assert {row["reachable"] for row in rows} == {False}
        assert all(reasons[engine] in row["error"] for row in rows)

        *each, last = sentences(manage(project, "migrate_databases", env=env, check=False))
        assert last == "CommandError: 1 of 1 databases failed: default. No tenant was touched."
        assert [line.split(":")[0] for line in each] == ["default"]
        assert all(reasons[engine] in line for line in each)

    done = manage(project, "bootstrap", env=development, check=False)
    (only,) = sentences(done)
    assert only.startswith("CommandError: bootstrap stopped: ") and reasons[engine] in only
    assert done.stdout == ""


@on_each_engine
def test_an_unknown_database_is_named_and_stops_no_other(rendered, server, engine):
    project = rendered(database_engine=engine)
    env = variables("my_project", server) | {"TENANTS": "nobody,acme"}
    reason = {"mysql": "Unknown database", "postgresql": "does not exist"}[engine]

    done = manage(project, "databases", "--json", env=env, check=False)
    assert sentences(done) == ["CommandError: No answer from NOBODY."]
    rows = {row["alias"]: row for row in json.loads(done.stdout)}
    assert {alias for alias, row in rows.items() if not row["reachable"]} == {"NOBODY", "NOBODY_RO"}
    assert reason in rows["NOBODY"]["error"]

    done = manage(project, "migrate_databases", env=env, check=False)
    named, last = sentences(done)
    assert named.startswith("NOBODY: ") and reason in named
    assert last == "CommandError: 1 of 3 databases failed: NOBODY."
    assert done.stdout.splitlines() == ["default: up to date", "ACME: up to date"]


@on_each_engine
def test_a_server_that_takes_connections_and_says_nothing_is_not_waited_for(
    rendered, server, engine
):
    project = rendered(database_engine=engine)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = variables("my_project", server) | {"DATABASE_PORT": str(silent.getsockname()[1])}
        started = time.monotonic()
        done = manage(project, "migrate_databases", "--only", "default", env=env, check=False)
    assert time.monotonic() - started < 15
    assert sentences(done)[-1].startswith("CommandError: 1 of 1 databases failed: default.")


@on_each_engine
@pytest.mark.parametrize("router", ["simple", "tenant", "replica"])
def test_a_replica_that_is_down_keeps_no_command_and_no_server_from_starting(
    rendered, server, engine, router, tmp_path
):
    project = rendered(database_engine=engine, router=router)
    env = variables("my_project", server) | {
        "DATABASE_READER_HOST": "127.0.0.1",
        "DATABASE_READER_PORT": str(free_port()),
    }
    shown = manage(project, "databases", "--json", env=env)
    rows = json.loads(shown.stdout)
    assert {row["alias"] for row in rows if row["reachable"]} == set(PRIMARIES)
    assert shows_no_secret(shown.stdout)
    manage(project, "migrate_databases", env=env)  # another router's project made the databases
    assert manage(project, "migrate_databases", env=env).stdout.count("up to date") == 3

    with serving(project, tmp_path / "log", env, "my_project.wsgi") as site:
        assert site.get(DOMAIN)[0] == 200
        status, page = site.get(f"acme.{DOMAIN}")
        log = site.log.read_text()
    assert shows_no_secret(page + log)
    assert status == 200 and "Standing Assembly on Water" in page
    if router != "simple":  # which reads from primaries unless told otherwise
        down = f"Replica 127.0.0.1:{env['DATABASE_READER_PORT']} is down: "
        assert log.count(down) == 1 and FAULTS["server down"][1][engine] in log
        assert "can be read: reads go to the primary" in log


# Pages, while a server comes and goes


@on_each_engine
@pytest.mark.parametrize("router", ["simple", "tenant"])
def test_pages_come_back_with_the_server(rendered, server, engine, router, tmp_path):
    project = rendered(database_engine=engine, router=router)
    env = variables("my_project", server)
    with serving(project, tmp_path / "log", env, "my_project.wsgi") as site:

        def page() -> tuple[int, str]:
            started = time.monotonic()
            answer = site.get(f"acme.{DOMAIN}")
            assert time.monotonic() - started < 10
            return answer

        try:
            assert page()[0] == 200
            server.kill()
            server.start()
            assert page()[0] == 200  # on a connection that was checked and made anew
            server.kill()
            for _ in range(2):
                status, text = page()
                assert (status, "Server Error (500)" in text) == (500, True)
                assert shows_no_secret(text)
            server.start()
            for _ in range(4):  # both threads
                assert page()[0] == 200
        finally:
            if server.pid is None:
                server.start()
        assert shows_no_secret(site.log.read_text())


@on_each_engine
@pytest.mark.parametrize("fault", FAULTS)
def test_error_pages_show_no_password(rendered, server, engine, fault, tmp_path):
    project = rendered(database_engine=engine, router="tenant")
    change, reasons = FAULTS[fault]
    debug = {"DJANGO_SETTINGS_MODULE": "my_project.settings.development", **server.environment()}
    with serving(project, tmp_path / "debug", debug | change(), "my_project.wsgi") as site:
        status, page = site.get("acme.localhost")
        assert status == 500
        assert "OperationalError" in page and "get_new_connection" in page
        assert reasons[engine] in html.unescape(page)
        assert shows_no_secret(page)
        assert shows_no_secret(site.log.read_text())

    env = variables("my_project", server) | change()
    with serving(project, tmp_path / "production", env, "my_project.wsgi") as site:
        status, page = site.get(f"acme.{DOMAIN}")
        assert (status, "Server Error (500)" in page) == (500, True)
        assert reasons[engine] in (log := site.log.read_text())
        assert shows_no_secret(page + log)


# The parameter store


@pytest.mark.parametrize("store", ["aws_ssm", "aws_secrets_manager"])
def test_nothing_starts_without_its_parameters(rendered, store, tmp_path):
    project = rendered(parameter_store=store, database_engine="postgresql")
    env = {
        "DJANGO_SETTINGS_MODULE": "my_project.settings.production",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": WRONG_PASSWORD,
    }
    for command in ("databases", "migrate_databases"):
        done = manage(project, command, env=env, check=False)
        (only,) = sentences(done)
        assert only.startswith("TENANTS can't be read from") and "Could not connect" in only
        assert done.stdout == ""

    served = subprocess.run(
        [sys.executable, "-m", "gunicorn", f"--bind=127.0.0.1:{free_port()}", "my_project.wsgi"],
        cwd=project,
        env=environment(env) | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert served.returncode != 0
    assert "TENANTS can't be read from" in served.stderr
    assert shows_no_secret(served.stderr)


# PgBouncer is full


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ({"default_pool_size": "1", "query_wait_timeout": "1"}, "query_wait_timeout"),
        ({"max_client_conn": "1"}, "no more connections allowed"),
    ],
    ids=["server connections", "clients"],
)
def test_a_full_pgbouncer_is_an_error_within_seconds(rendered, server, limit, reason, tmp_path):
    require("PgBouncer")
    project = rendered(database_engine="postgresql", pooling="pgbouncer")
    with PgBouncer(server.base, server, f"full-{min(limit)}", settings=limit) as pooler:
        env = variables("my_project", pooler, "pgbouncer")
        place = {"host": pooler.host, "port": pooler.port, "dbname": "my_project_acme"}
        with psycopg.connect(**place, user=pooler.user, password=pooler.password) as holder:
            holder.execute("select 1")  # in a transaction, which keeps the server's connection
            done = manage(project, "databases", "--json", env=env, check=False)
            (last,) = sentences(done)
            assert last.startswith("CommandError: No answer from ") and "ACME" in last
            rows = {row["alias"]: row for row in json.loads(done.stdout)}
            assert reason in rows["ACME"]["error"]

            # They don't go through it.
            assert manage(project, "migrate_databases", env=env).stdout.count("up to date") == 3

            with serving(project, tmp_path / "log", env, "my_project.wsgi") as site:
                started = time.monotonic()
                status, page = site.get(f"acme.{DOMAIN}")
                assert time.monotonic() - started < 10
                assert status == 500 and reason in site.log.read_text()
                holder.rollback()
                holder.close()
                if "default_pool_size" in limit:
                    assert site.get(f"acme.{DOMAIN}")[0] == 200
                assert shows_no_secret(page + site.log.read_text())


# Interrupted work


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


@on_each_engine
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


@on_each_engine
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


@on_each_engine
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
