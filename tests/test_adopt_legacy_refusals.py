"""What can't be adopted, or fails on the way, is one sentence and leaves nothing behind."""

import json
import sqlite3

import pytest

from .adopting import adopt, probe, tree
from .projects import manage
from .servers.fixtures import require
from .servers.ports import free_port


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
