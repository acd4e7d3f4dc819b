"""Where models and live tables differ: every kind of difference is found, and no other one is claimed."""

import json
import sqlite3

import pytest

from .legacies import ENGINES, make
from .projects import manage


@pytest.mark.parametrize("engine", ENGINES)
def test_no_drift_at_first_and_each_change_is_seen(attic, engine):
    attic.inspect()
    check = ["check_legacy_models", "attic"]
    assert attic.manage(*check).stdout == "No drift in attic.\n"

    source = attic.folder / "attic" / "models.py"
    changed = source.read_text()
    for old, new in CHANGES[engine]:
        assert old in changed
        changed = changed.replace(old, new, 1)
    source.write_text(changed)
    done = attic.manage(*check, "--json", check=False)
    assert done.returncode == 1
    rows = {(row["table"], row["column"], row["what"]) for row in json.loads(done.stdout)}
    assert rows == DRIFTS[engine]
    table = attic.manage(*check, check=False)
    assert table.returncode == 1 and len(table.stdout.splitlines()) == len(rows) + 1


CHANGES = {
    "sqlite": [
        ('db_table = "byuniq"', 'db_table = "gone"'),
        ("nm = models.DecimalField", "other = models.DecimalField"),
        ("max_length=10", "max_length=11"),
    ],
    "mysql": [
        ('db_table = "by_unique"', 'db_table = "gone"'),
        ("f = SingleFloatField(null=True, blank=True)", "f = models.UUIDField()"),
        ('("a,b", "a,b")', '("c", "c")'),
        ("max_digits=12", "max_digits=11"),
    ],
    "postgresql": [
        ('db_table = "expr"', 'db_table = "gone"'),
        ("sh = models.CharField(max_length=7, null=True, blank=True)", "sh = models.UUIDField()"),
        ('("ok", "ok")', '("fine", "fine")'),
        ("max_digits=12", "max_digits=11"),
    ],
}
DRIFTS = {
    "sqlite": {
        ("gone", "", "table"),
        ("byuniq", "", "table"),
        ("loose", "nm", "column"),
        ("loose", "other", "column"),
        ("loose", "nv", "length"),
    },
    "mysql": {
        ("gone", "", "table"),
        ("by_unique", "", "table"),
        ("kinds", "f", "type"),
        ("kinds", "f", "null"),
        ("kinds", "e", "choices"),
        ("kinds", "n", "precision"),
    },
    "postgresql": {
        ("gone", "", "table"),
        ("expr", "", "table"),
        ("kinds", "sh", "null"),
        ("kinds", "m", "choices"),
        ("kinds", "d", "precision"),
    },
}


# Of each kind one difference: what a model says, and what the table is by now.
BEFORE = """
create table owner (id int not null primary key, code varchar(5) not null unique);
create table other (id int not null primary key);
create table gone (id int not null primary key);
create table thing (id int not null primary key, typed int, required int not null, named varchar(10),
    priced numeric(8,2), mood {mood}, dropped int, marked varchar(9), owner_id int references owner(id)
    {foreign});
create table keyed (a int not null, b int not null, primary key (a, b));
"""
AFTER = """
create table owner (id int not null primary key, code varchar(5) not null);
create table other (id int not null primary key);
create table fresh (id int not null primary key);
create table thing (id int not null primary key, typed text, required int, named varchar(12),
    priced numeric(9,3), mood {mood}, added int, marked varchar(9) unique, owner_id int references other(id)
    {foreign});
create table keyed (a int not null primary key, b int not null);
"""
MOODS = {"sqlite": ("text", "text"), "mysql": ("enum('a','b')", "enum('a','c')")}
FOREIGN = (
    ", foreign key (owner_id) references {}(id)"  # MariaDB 10.4 and older ignore it in a column
)
KINDS = {
    ("fresh", "", "table", "no model", "extra"),
    ("gone", "", "table", "attic.Gone", "missing"),
    ("keyed", "", "primary key", "a, b", "a"),
    ("owner", "code", "unique", "unique", "not unique"),
    ("thing", "added", "column", "no field", "extra"),
    ("thing", "dropped", "column", "dropped", "missing"),
    ("thing", "marked", "unique", "not unique", "unique"),
    ("thing", "named", "length", "10", "12"),
    ("thing", "owner_id", "foreign key", "owner", "other"),
    ("thing", "required", "null", "not null", "null"),
}
OF_SERVERS = {
    ("thing", "mood", "choices", "a, b", "a, c"),
    ("thing", "priced", "precision", "8, 2", "9, 3"),
}


def _schema(engine: str, *, after: bool) -> str:
    types = "create type mood as enum ('a', '{}');".format("bc"[after])
    mood = MOODS.get(engine, ("mood", "mood"))[after]
    foreign = FOREIGN.format(("owner", "other")[after]) if engine == "mysql" else ""
    tables = (BEFORE, AFTER)[after].format(mood=mood, foreign=foreign)
    return (types if engine == "postgresql" else "") + tables


@pytest.mark.parametrize(
    ("engine", "sql"), [(engine, _schema(engine, after=False)) for engine in ENGINES]
)
def test_each_kind_of_drift_is_found_on_each_engine(attic, engine, tmp_path, request):
    attic.inspect()
    assert attic.manage("check_legacy_models", "attic").stdout == "No drift in attic.\n"
    (tmp_path / "attic.sqlite3").unlink(missing_ok=True)
    make(engine, _schema(engine, after=True), tmp_path, request, "attic")
    done = attic.manage("check_legacy_models", "attic", "--json", check=False)
    found = {tuple(list(row.values())[1:]) for row in json.loads(done.stdout)}
    (typed,) = (row for row in found if row[1:3] == ("typed", "type"))
    assert found - {typed} == KINDS | (OF_SERVERS if engine != "sqlite" else set())
    assert typed[3] == ("BigIntegerField" if engine == "sqlite" else "IntegerField")
    assert typed[4] == "text" and done.returncode == 1


def test_tenants_that_differ_from_the_rest(bootstrapped):
    folder = bootstrapped(router="tenant", tenants="acme,globex,initech")
    assert manage(folder, "check_legacy_models", "--tenants").stdout.startswith("No drift in ACME")
    with sqlite3.connect(folder / "var" / "my_project_globex.sqlite3") as connection:
        connection.execute("alter table people add column nickname text")
    connection.close()
    done = manage(folder, "check_legacy_models", "--tenants", "--json", check=False)
    (row,) = json.loads(done.stdout)
    assert done.returncode == 1
    assert (row["alias"], row["column"], row["model"]) == ("GLOBEX", "nickname", "missing")
