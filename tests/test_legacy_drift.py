"""Where models and live tables differ: every kind of difference is found, and no other one is claimed."""

import json
import re
import sqlite3

import pytest

from .legacies import ENGINES, make
from .projects import manage


@pytest.mark.parametrize("engine", ENGINES)
def test_a_database_full_of_traps_has_no_drift_from_its_models(attic, engine):
    attic.inspect()
    assert attic.manage("check_legacy_models", "attic").stdout == "No drift in attic.\n"


# Each [difference between what the models say|and what the tables are by now].
TABLES = """
create table owner (id int not null primary key, code varchar(5) not null [unique|]);
create table other (id int not null primary key);
create table tag (code varchar(5) not null primary key);
create table [gone|fresh] (id int not null primary key);
create table thing (id int not null primary key, typed [int|text], required int [not null|],
    named varchar[(10)|(12)], priced numeric[(8,2)|(9,3)], mood {mood}, [dropped|added] int,
    rated [numeric(3,1)|double precision], marked varchar(9) [|unique], tag varchar(9),
    owner_id int references [owner|other](id), foreign key (tag) references tag(code) {foreign});
create table pair (id int not null primary key, x int, y int [, unique (x, y)|]);
create table keyed (a int not null [|primary key], b int not null [, primary key (a, b)|]);
"""
MOODS = "create type mood as enum ('a', '[b|c]');"
SPELLED = {
    "sqlite": TABLES.format(mood="text", foreign=""),
    # MariaDB 10.4 and older ignore a foreign key in the line of its column.
    "mysql": TABLES.format(
        mood="enum('a','[b|c]')", foreign=", foreign key (owner_id) references [owner|other](id)"
    ),
    "postgresql": MOODS + TABLES.format(mood="mood", foreign=""),
}
DRIFTS = {
    ("fresh", "", "table", "no model", "extra"),
    ("gone", "", "table", "attic.Gone", "missing"),
    ("keyed", "", "primary key", "a, b", "a"),
    ("owner", "code", "unique", "unique", "not unique"),
    ("pair", "x, y", "unique", "unique", "not unique"),
    ("thing", "added", "column", "no field", "extra"),
    ("thing", "dropped", "column", "dropped", "missing"),
    ("thing", "marked", "unique", "not unique", "unique"),
    ("thing", "named", "length", "10", "12"),
    ("thing", "owner_id", "foreign key", "owner", "other"),
    ("thing", "required", "null", "not null", "null"),
}
DRIFTS_OF_SERVERS = DRIFTS | {
    ("thing", "mood", "choices", "a, b", "a, c"),
    ("thing", "priced", "precision", "8, 2", "9, 3"),
    ("thing", "typed", "type", "IntegerField", "text"),
}
RATED = ("thing", "rated", "type", "DecimalField")
DRIFTS_OF = {
    "sqlite": DRIFTS | {("thing", "typed", "type", "BigIntegerField", "text")},
    "mysql": DRIFTS_OF_SERVERS | {(*RATED, "double")},
    "postgresql": DRIFTS_OF_SERVERS | {(*RATED, "double precision")},
}


def _side(engine: str, number: int) -> str:
    return re.sub(r"\[(.*?)\|(.*?)\]", lambda found: found[number], SPELLED[engine])


@pytest.mark.parametrize(("engine", "sql"), [(engine, _side(engine, 1)) for engine in ENGINES])
def test_each_kind_of_drift_is_found_on_each_engine(attic, engine, tmp_path, request):
    attic.inspect()
    assert attic.manage("check_legacy_models", "attic").stdout == "No drift in attic.\n"
    (tmp_path / "attic.sqlite3").unlink(missing_ok=True)
    make(engine, _side(engine, 2), tmp_path, request, "attic")
    done = attic.manage("check_legacy_models", "attic", "--json", check=False)
    assert {tuple(row.values())[1:] for row in json.loads(done.stdout)} == DRIFTS_OF[engine]
    table = attic.manage("check_legacy_models", "attic", check=False)
    head, *rows = (line.split() for line in table.stdout.splitlines())
    assert head == ["alias", "table", "column", "what", "model", "live"]
    assert len(rows) == len(DRIFTS_OF[engine])
    assert ["attic", "thing", "named", "length", "10", "12"] in rows
    assert (done.returncode, table.returncode) == (1, 1)


def test_tenants_that_differ_from_the_rest(bootstrapped):
    folder = bootstrapped(router="tenant", tenants="acme,globex,initech")
    assert manage(folder, "check_legacy_models", "--tenants").stdout.startswith("No drift in ACME")
    with sqlite3.connect(folder / "var" / "my_project_globex.sqlite3") as connection:
        connection.executescript(
            "alter table people add column nickname text; create table extra (id int);"
            "create unique index one_name on people (nickname); drop table absauth"
        )
    connection.close()
    done = manage(folder, "check_legacy_models", "--tenants", "--json", check=False)
    assert done.returncode == 1
    assert [tuple(row.values()) for row in json.loads(done.stdout)] == [
        ("GLOBEX", "absauth", "", "table", "most tenants", "missing"),
        ("GLOBEX", "extra", "", "table", "most tenants", "extra"),
        ("GLOBEX", "people", "nickname", "column", "missing", "text"),
        ("GLOBEX", "people", "", "unique", "()", "(('nickname',),)"),
    ]
