"""Legacy databases on the server of the project itself: neither its commands nor its tests touch them."""

import subprocess
import sys

import pytest

from ..commands import environment, get, manage, run, serve
from ..legacies import ENGINES, SHOP, SPELLED, make
from ..production import drop
from ..servers.fixtures import server_of


@pytest.mark.parametrize("engine", ENGINES)
def test_an_existing_database_of_accounts_stays_as_it_was(project, engine, tmp_path, request):
    """The example of legacy_models, where its database is a real one that is there already."""
    server = {"mysql": "mysql", "postgresql": "postgresql"}.get(engine, "mysql")
    folder = project(database_engine=server)
    sql = (folder / "legacy" / "accounts" / f"{engine}.sql").read_text(encoding="utf-8")
    legacy = make(engine, sql + SHOP.format(**SPELLED[engine]), folder / "var", request, "accounts")
    env = legacy.server.environment() if legacy.server else {}
    before = legacy.fingerprint()
    manage(folder, "bootstrap", env=env)
    manage(folder, "migrate", env=env)
    refused = manage(folder, "migrate", "--database", "accounts", env=env, check=False)
    assert "accounts has no table that this project migrates" in refused.stderr
    with serve(folder, env=env) as port:
        assert get(port, "localhost")[0] == 200
    run(
        folder,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/legacy/test_schema.py",
        env=env,
    )
    assert legacy.fingerprint() == before


LISTED = {"mysql": "show databases", "postgresql": "select datname from pg_database"}


@pytest.mark.parametrize("engine", LISTED)
def test_its_tests_on_a_server_have_a_database_of_their_own(project, legacy, engine):
    folder, server = project(database_engine=engine), legacy.server
    before = legacy.fingerprint()
    words = ["adopt_legacy", "shop", *legacy.options, "--password-stdin"]
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=folder,
        env=environment(),
        input=f"{server.password}\nanother line\n",
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    tests = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_shop.py", "--reuse-db"]
    assert "passed" in run(folder, *tests, env=server.environment()).stdout
    # Not test_shop, which may be somebody's.
    listed = server.sql(LISTED[engine]).split()
    assert "test_my_project_shop" in listed and "test_shop" not in listed
    for name in ("test_my_project_shop", "test_my_project"):
        drop(server, name)
    assert legacy.fingerprint() == before


@pytest.mark.parametrize("engine", ENGINES)
def test_a_database_of_the_projects_own_server_can_be_marked_as_well(project, engine, request):
    folder = project(database_engine="mysql" if engine == "sqlite" else engine)
    env = {}
    if engine != "sqlite":
        env = server_of(request, engine).environment()
    manage(folder, "bootstrap", env=env)
    aliases = folder / "my_project" / "settings" / "databases.py"
    line = 'Database("accounts", name="accounts"'
    assert line in aliases.read_text()
    aliases.write_text(aliases.read_text().replace(line, f"{line}, read_only=True"))
    assert "Loaded" not in manage(folder, "bootstrap", env=env).stdout
    found = manage(folder, "shell", "-c", MARKED, env=env).stdout
    by_us, by_the_server = found.split()[-2:]
    assert by_us == "ReadOnlyDatabase"
    assert by_the_server in ("OperationalError", "ReadOnlySqlTransaction")
    refused = manage(folder, "migrate", "--database", "accounts", env=env, check=False)
    assert refused.returncode == 1 and "accounts is read-only" in refused.stderr


MARKED = """
from django.db import connections
from my_project.accounts.models import Account
accounts = Account.objects.using("accounts")
accounts.count()
session, delete = connections["accounts"].connection, "delete from accounts"
driver = type(session)  # whose methods are not those of the session that the guards replaced
if hasattr(driver, "query"):  # mysqlclient's cursors ask the session for it
    past_us = lambda: driver.query(session, delete)
else:
    past_us = lambda: driver.cursor(session).execute(delete)
for write in (accounts.all().delete, past_us):
    try:
        write()
    except Exception as error:
        print(type(error).__name__)
"""
