"""A legacy database becomes part of a project in one command, and stays as it was to the last bit."""

import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from .legacies import ENGINES, MODELS, SHOP, SPELLED, Legacy, make, shop
from .production import drop, variables
from .projects import environment, get, manage, run, serve
from .servers.fixtures import require
from .servers.ports import free_port

PROBES = Path(__file__).parent / "probes"
# An adopted database may be of another engine than the project's.
PROJECTS = {
    "sqlite": {"database_engine": "mysql", "router": "simple"},
    "mysql": {"database_engine": "postgresql", "router": "replica", "legacy_models": False},
    "postgresql": {"database_engine": "mysql", "router": "tenant"},
}


@pytest.fixture
def legacy(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Legacy:
    (tmp_path / "attic").mkdir()
    return shop(engine, tmp_path / "attic", request)


def adopt(folder: Path, legacy: Legacy, *options: str, alias: str = "shop", **more: Any) -> Any:
    command = ["adopt_legacy", alias, *legacy.options, *options]
    return manage(folder, *command, env=legacy.variables(alias), **more)


def tree(folder: Path) -> dict[str, bytes]:
    """What git would see, and .env."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "var/" not in path.as_posix() and "__pycache__" not in path.parts
    }


def probe(folder: Path, name: str, *arguments: str) -> Any:
    done = run(folder, str(PROBES / f"{name}.py"), *arguments, env=settings_of(folder))
    return json.loads(done.stdout.splitlines()[-1])


def settings_of(folder: Path) -> dict[str, str]:
    settings = "my_project.settings.development"
    return {"PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": settings}


def ruff(folder: Path, *command: str) -> None:
    words = [sys.executable, "-m", "ruff", *command, "--no-cache", "."]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("engine", ENGINES)
def test_one_command_and_no_harm(bootstrapped, legacy, engine):
    folder = bootstrapped(**PROJECTS[engine])
    before = legacy.fingerprint()
    start = time.monotonic()

    done = adopt(folder, legacy)
    assert f"{len(MODELS)} models of shop, read-only." in done.stdout
    password = legacy.variables("shop").get("SHOP_DATABASE_PASSWORD")
    assert not password or password not in done.stdout + done.stderr
    kept = {name for name, text in tree(folder).items() if password and password.encode() in text}
    assert kept <= {".env"}

    next_commands = re.findall(r"^    (.+)$", done.stdout.partition("Next:")[2], re.MULTILINE)
    assert len(next_commands) == 3
    for command in next_commands[:2]:
        program, *words = shlex.split(command)
        assert program in ("python", "pytest")
        run(
            folder,
            *(words if program == "python" else ["-m", "pytest", "-p", "no:cacheprovider", *words]),
        )
    with serve(folder) as port:
        assert get(port, "localhost")[0] == 200
    assert time.monotonic() - start < 300
    assert legacy.fingerprint() == before

    found = probe(folder, "untouched", "shop")
    assert found["rows"] == MODELS
    for way, sentence in found["commands"].items():
        assert (way, sentence) == (way, f"CommandError: {REFUSAL}")
    for way, error in (found["orm"] | found["raw"]).items():
        assert (way, error) == (way, "ReadOnlyDatabase")
    assert found["driver"] not in ("done", "ReadOnlyDatabase")  # the server's own refusal
    for page, status in found["admin"].items():
        assert (page, status in (302, 403, 404) if " " in page else status == 200) == (page, True)
    assert legacy.fingerprint() == before

    assert " passed" in run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider").stdout
    ruff(folder, "check")
    ruff(folder, "format", "--check")
    assert legacy.fingerprint() == before


REFUSAL = (
    "shop is read-only and was about to get a write: to allow writes, "
    "take read_only=True off its line in databases/aliases.py."
)


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_saved_unchanged_stay_as_they_are_in_every_time_zone(project, legacy, engine):
    folder = project(**PROJECTS[engine])
    before = legacy.fingerprint()
    assert "writable." in adopt(folder, legacy, "--writable").stdout
    found = probe(folder, "zones", "shop")
    assert found["moved"] == []
    assert found["saved"] == 18 * sum(
        count for name, count in MODELS.items() if name != "LongTrack"
    )
    if engine == "sqlite":  # servers keep notes of what was rolled back
        assert {name: digest for name, (_, digest) in legacy.fingerprint().items()} == {
            name: digest for name, (_, digest) in before.items()
        }


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_file_in_wal_mode_gets_no_companions(project, legacy, engine):
    folder = project()
    with sqlite3.connect(legacy.path) as connection:
        connection.execute("pragma journal_mode=wal")
    connection.close()
    before = legacy.fingerprint()
    assert list(before) == ["shop.sqlite3"]
    adopt(folder, legacy)
    count = "from my_project.shop.models import Track; print(Track.objects.count())"
    assert manage(folder, "shell", "-c", count).stdout.split()[-1] == "3"
    assert legacy.fingerprint() == before

    writer = sqlite3.connect(legacy.path)  # what it has not yet moved into the file is seen, too
    writer.execute("insert into track values (4, 'New', 1, 1, 1, null)")
    writer.commit()
    assert manage(folder, "shell", "-c", count).stdout.split()[-1] == "4"
    writer.close()


@pytest.mark.parametrize("engine", ["mysql", "postgresql"])
def test_production_finds_it_by_parameters_of_its_own(project, legacy, engine):
    folder = project(**PROJECTS[engine])
    adopt(folder, legacy)
    names = dict(
        line.split("=", 1)
        for line in (folder / ".env").read_text().splitlines()
        if line.startswith("SHOP_DATABASE_")
    )
    (folder / ".env").unlink()  # production has none
    env = {"TENANTS": "acme", "SHOP_DATABASE_TLS": "false", **legacy.variables("shop")}
    env |= {name: value.strip("'") for name, value in names.items()}
    env |= variables("my_project", legacy.server) | {"DATABASE_PORT": str(free_port())}
    rows = json.loads(manage(folder, "databases", "--json", env=env, check=False).stdout)
    (row,) = [row for row in rows if row["alias"] == "shop"]
    assert (row["engine"], row["reachable"]) == (engine, True)

    del env["SHOP_DATABASE_HOST"]
    done = manage(folder, "databases", env=env, check=False)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert "SHOP_DATABASE_HOST is not set" in done.stderr


@pytest.mark.parametrize("engine", ["postgresql"])
def test_what_can_not_be_adopted_is_one_sentence_and_leaves_nothing(
    project, legacy, engine, tmp_path
):
    require("MariaDB", "mysqlclient")
    folder = project(database_engine="postgresql", router="tenant")
    script, empty, nothing = (tmp_path / name for name in ("shop.sql", "empty", "nothing.sqlite3"))
    script.write_text("create table a (id integer);")
    empty.touch()
    sqlite3.connect(nothing).execute("vacuum").connection.close()
    legacy.server.sql("drop database if exists hollow")
    legacy.server.sql(f"create database hollow owner {legacy.server.user}")
    server = legacy.options
    password = legacy.variables("shop")
    wrong = {"SHOP_DATABASE_PASSWORD": "wr0ng word"}
    unused = str(free_port())
    before = tree(folder)
    cases = [
        (["Shop!", *server], {}, "'Shop!' can't be an alias"),
        (["shop_ro", *server], {}, "'shop_ro' can't be an alias"),
        (["default", *server], {}, "'default' is an alias already"),
        (["accounts", *server], {}, "'accounts' is an alias already"),
        (["acme", *server], {}, "'acme' is an alias already"),
        (["admin", *server], {}, "There is an app 'admin' already"),
        (["class", *server], {}, "'class' can't name an app"),
        (["urls", *server], {}, "my_project/urls.py is there already"),
        (["shop", *server, "--app", "pages"], {}, "tests/test_pages.py is there already"),
        (["shop"], {}, "Say where the database is"),
        (["shop", "--refresh"], {}, "'shop' is not an adopted database"),
        (["shop", "--engine", "mysql"], {}, "--engine mysql needs --host"),
        (["shop", "--database", str(script), "--host", "there"], {}, "--host is of a server"),
        (["shop", *server, "--time-zone", "Middle-earth"], password, "'Middle-earth' is unknown"),
        (["shop", *server], {}, "There is no terminal to ask for the password"),
        (["shop", *server], wrong, "password authentication failed"),
        (["shop", *server], password | TLS, "server does not support SSL, but SSL was required"),
        (["shop", *server, "--port", unused], password, "Connection refused"),
        (["shop", *server, "--engine", "mysql", "--port", unused], password, "Can't connect"),
        (["shop", *server, "--name", "nowhere"], password, 'database "nowhere" does not exist'),
        (
            ["shop", *server, "--name", "hollow"],
            password,
            "shop has no table that could be modelled",
        ),
        (
            ["shop", "--database", str(tmp_path / "gone")],
            {},
            f"There is no file {tmp_path / 'gone'}",
        ),
        (["shop", "--database", str(tmp_path)], {}, "There is no file"),
        (["shop", "--database", str(empty)], {}, f"{empty} is empty"),
        (["shop", "--database", str(nothing)], {}, "has no table that could be modelled"),
        (
            ["shop", "--database", str(script)],
            {},
            "is no SQLite database: if it holds SQL, make",
        ),
    ]
    said = probe(folder, "refused", json.dumps([case[:2] for case in cases]))
    for (words, _, expected), sentence in zip(cases, said, strict=True):
        assert (words, expected in sentence) == (words, True), sentence
        assert len(sentence.splitlines()) == 1 and "wr0ng" not in sentence
    assert not (tmp_path / "gone").exists()
    assert tree(folder) == before


TLS = {"SHOP_DATABASE_TLS": "true", "SHOP_DATABASE_CA_FILE": "/nowhere"}


def test_a_missing_driver_is_a_sentence(project, tmp_path):
    folder = project(database_engine="postgresql")
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['MySQLdb'] = None")
    env = {"PYTHONPATH": str(tmp_path), "SHOP_DATABASE_PASSWORD": ""}
    words = ["shop", "--engine", "mysql", "--host", "127.0.0.1", "--user", "app"]
    done = manage(folder, "adopt_legacy", *words, env=env, check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert 'python -m pip install -e ".[mysql]"' in done.stderr


BREAKS = {
    "a file can't be written": lambda folder: (
        (folder / ".env.example").unlink() or (folder / ".env.example").mkdir()
    ),
    "the project does not stand": lambda folder: (folder / "my_project" / "urls.py").write_text(
        "1 / 0"
    ),
    "a list is not written out": lambda folder: (folder / "my_project/settings/base.py").write_text(
        "from .base_of_all import *\n"
    ),
}


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("breaks", BREAKS)
def test_whatever_fails_nothing_half_written_stays(project, legacy, engine, breaks):
    folder = project()
    base = folder / "my_project" / "settings" / "base.py"
    (base.parent / "base_of_all.py").write_text(base.read_text())
    BREAKS[breaks](folder)
    before, database = tree(folder), legacy.fingerprint()
    done = adopt(folder, legacy, check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr.partition("check failed")[0]
    assert tree(folder) == before
    assert not (folder / "my_project" / "shop").exists()
    assert legacy.fingerprint() == database


@pytest.mark.parametrize("engine", ["sqlite"])
def test_it_refuses_to_do_it_twice_and_refreshes_the_models(project, legacy, engine):
    folder = project()
    adopt(folder, legacy, "--app", "records", "--time-zone", "Europe/Berlin")
    first = tree(folder)
    again = adopt(folder, legacy, check=False)
    assert again.returncode == 1 and "shop is adopted already" in again.stderr
    assert tree(folder) == first

    with sqlite3.connect(legacy.path) as connection:
        connection.execute("alter table artist add column born integer")
    connection.close()
    manage(folder, "adopt_legacy", "shop", "--refresh", "--app", "records")
    changed = {name for name, text in tree(folder).items() if first.get(name) != text}
    assert changed == {"my_project/records/models.py"}
    assert "No drift" in manage(folder, "check_legacy_models", "shop").stdout


def test_adopting_again_after_git_took_it_back_gives_the_same(project, tmp_path, request):
    folder, legacy = project(), shop("sqlite", tmp_path, request)
    before = tree(folder)
    adopt(folder, legacy)
    after = tree(folder)
    for name in after:
        if name != ".env":  # which git leaves alone
            (folder / name).unlink()
            if name in before:
                (folder / name).write_bytes(before[name])
    shutil.rmtree(folder / "my_project" / "shop")
    adopt(folder, legacy)
    assert tree(folder) == after


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
        "tests/legacy/test_models.py",
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


@pytest.mark.parametrize("engine", ["postgresql"])
def test_the_command_of_the_readme_asks_for_the_password(project, legacy, engine):
    folder = project(database_engine="mysql")
    readme = " ".join((folder / "README.md").read_text(encoding="utf-8").split())
    (command,) = re.findall(
        r"`python (manage.py adopt_legacy chinook --engine postgresql .*?)`", readme
    )
    there = {"db.example.com": legacy.server.host, "reader": legacy.server.user}
    words = [there.get(word, word) for word in command.split()]
    words[words.index("--name") + 1] = "shop"
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, *words, "--port", str(legacy.server.port)],
        cwd=folder,
        env=environment(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said = _read(ours, until=b": ")
    assert said.endswith("Password of app on 127.0.0.1: ")
    os.write(ours, f"{legacy.server.password}\n".encode())
    said = _read(ours)
    assert process.wait() == 0 and "5 models of chinook, read-only." in said
    assert legacy.server.password not in said


def _read(terminal: int, until: bytes | None = None) -> str:
    said = b""
    while until is None or not said.endswith(until):
        try:
            part = os.read(terminal, 1000)
        except OSError:  # Linux: the other side is closed
            break
        if not part:
            break
        said += part
    return said.decode()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_database_of_the_projects_own_server_can_be_marked_as_well(project, engine, request):
    folder = project(database_engine="mysql" if engine == "sqlite" else engine)
    env = {}
    if engine != "sqlite":
        require(*(["MariaDB", "mysqlclient"] if engine == "mysql" else ["PostgreSQL"]))
        server = request.getfixturevalue({"mysql": "mariadb", "postgresql": "postgres"}[engine])
        env = server.environment()
    manage(folder, "bootstrap", env=env)
    aliases = folder / "my_project" / "databases" / "aliases.py"
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
past_us = lambda: connections["accounts"].connection.cursor().execute("delete from accounts")
for write in (accounts.all().delete, past_us):
    try:
        write()
    except Exception as error:
        print(type(error).__name__)
"""
