"""Commands, while a server can't be used: one sentence within seconds, and no secret shown."""

import json
import socket
import time

import pytest

from ..commands import manage
from ..production import DOMAIN, serving, variables
from ..servers.ports import free_port
from .saying import FAULTS, sentences, shows_no_secret

PRIMARIES = ["default", "accounts", "ACME", "GLOBEX"]


@pytest.mark.parametrize("fault", FAULTS)
def test_commands_say_why_they_can_not_go_on(rendered, server, engine, fault):
    project = rendered(database_engine=engine)
    change, reasons = FAULTS[fault]
    development = server.environment() | change()
    production = variables("my_project", server) | change()

    for env in (development, production):
        (last,) = sentences(shown := manage(project, "databases", env=env, check=False))
        assert (
            last
            == f"CommandError: No answer from {', '.join(PRIMARIES)}. Start the server, or correct HOST and PORT."
        )
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


def test_an_unknown_database_is_named_and_stops_no_other(rendered, server, engine):
    project = rendered(database_engine=engine)
    env = variables("my_project", server) | {"TENANTS": "nobody,acme"}
    reason = {"mysql": "Unknown database", "postgresql": "does not exist"}[engine]

    done = manage(project, "databases", "--json", env=env, check=False)
    assert sentences(done) == [
        "CommandError: The database of NOBODY does not exist. Run python manage.py deploy_databases,"
        " or bring it if it is of other software."
    ]
    rows = {row["alias"]: row for row in json.loads(done.stdout)}
    assert {alias for alias, row in rows.items() if not row["reachable"]} == {"NOBODY", "NOBODY_RO"}
    assert reason in rows["NOBODY"]["error"]

    done = manage(project, "migrate_databases", env=env, check=False)
    named, last = sentences(done)
    assert named.startswith("NOBODY: ") and reason in named
    assert last == "CommandError: 1 of 3 databases failed: NOBODY."
    assert done.stdout.splitlines() == ["default: up to date", "ACME: up to date"]


def test_a_server_that_takes_connections_and_says_nothing_is_not_waited_for(
    rendered, server, engine
):
    project = rendered(database_engine=engine)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = variables("my_project", server) | {"DATABASE_PORT": str(silent.getsockname()[1])}
        started = time.monotonic()
        done = manage(project, "migrate_databases", "--only", "default", env=env, check=False)
    assert time.monotonic() - started < 120  # not for good
    assert sentences(done)[-1].startswith("CommandError: 1 of 1 databases failed: default.")


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
