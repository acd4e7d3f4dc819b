"""Models out of databases full of traps: they import, read, keep what they read, and stay in step."""

import json
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .projects import manage, run
from .servers.fixtures import require

TRAPS = Path(__file__).parent / "traps"
PROBE = Path(__file__).parent / "probes" / "adopted.py"
ENGINES = ["sqlite", "mysql", "postgresql"]
SETTINGS = """
import json
from pathlib import Path
from my_project.settings import development

globals().update({name: value for name, value in vars(development).items() if name.isupper()})
DATABASES = {**development.DATABASES, **json.loads(Path("attic.json").read_text())}
USE_TZ, TIME_ZONE = True, "Asia/Tokyo"
if Path("attic/models.py").exists():
    INSTALLED_APPS = [*development.INSTALLED_APPS, "attic"]
"""
ENV = {"DJANGO_SETTINGS_MODULE": "attic_settings"}


@dataclass
class Attic:
    """A project beside a legacy database, which has the alias ``attic``."""

    folder: Path
    engine: str
    said: str = ""

    def manage(self, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return manage(self.folder, *command, env=ENV, **options)

    def inspect(self) -> str:
        done = self.manage("inspect_legacy", "attic", "--output", "attic/models.py")
        self.said = done.stderr
        return (self.folder / "attic" / "models.py").read_text(encoding="utf-8")

    def probe(self) -> dict[str, Any]:
        path = {"PYTHONPATH": str(self.folder)}
        done = run(self.folder, "-W", "error::RuntimeWarning", str(PROBE), "attic", env=ENV | path)
        return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture
def attic(project, engine: str, sql: str, tmp_path: Path, request: pytest.FixtureRequest) -> Attic:
    folder = project(database_engine="mysql" if engine == "mysql" else "postgresql")
    (folder / "attic_settings.py").write_text(SETTINGS)
    (folder / "attic").mkdir()
    (folder / "attic" / "__init__.py").touch()
    place = database(engine, sql, tmp_path, request)
    (folder / "attic.json").write_text(json.dumps({"attic": place | {"ROLE": "shared"}}))
    return Attic(folder, engine)


def database(engine: str, sql: str, tmp_path: Path, request: Any) -> dict[str, Any]:
    if engine == "sqlite":
        with sqlite3.connect(tmp_path / "attic.sqlite3") as connection:
            connection.executescript(sql)
        connection.close()
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "attic.sqlite3")}
    if engine == "mysql":
        require("MariaDB", "mysqlclient")
        server = request.getfixturevalue("mariadb")
        server.sql("drop database if exists attic; create database attic")
        server.sql(sql, "attic")
    else:
        server = request.getfixturevalue("postgres")
        server.sql("drop database if exists attic with (force)")
        server.sql(f"create database attic owner {server.user}")
        server.sql(f"set role {server.user}; {sql}", "attic")
    return {
        "ENGINE": f"django.db.backends.{engine}",
        "NAME": "attic",
        "HOST": server.host,
        "PORT": server.port,
        "USER": server.user,
        "PASSWORD": server.password,
    }


@pytest.fixture
def sql(engine: str) -> str:
    return (TRAPS / f"{engine}.sql").read_text(encoding="utf-8")


# What no model can be made of, and what is not told apart and so only read.
LEFT_OUT = {
    "sqlite": ["broken", 'quo"te'],
    "mysql": ["back`tick", "v_broken"],
    "postgresql": ["boom", "long_args", "nocols", 'quo"te', "secret"],
}
READ_ONLY = {
    "sqlite": {"Class", "Descending", "Fts", "Keyless", "LatinWords", "Nullkey", "Part", "V"},
    "mysql": {"Keyless", "Prefixed", "VGood"},
    "postgresql": {"Guests", "Mv", "Partial", "Raw", "V"},
}
TYPES = {
    "sqlite": {
        "Loose.nv": ("CharField", ["str"]),
        "Loose.nm": ("DecimalField", ["Decimal"]),
        "Loose.nm2": ("DecimalField", ["Decimal", "NoneType"]),
        "Loose.str_column": ("TextField", ["NoneType", "str"]),
        "Loose.mixed": ("AsStoredField", ["int", "str"]),
        "Loose.dt": ("DateTimeField", ["NoneType", "datetime"]),
        "Loose.dtz": ("StoredDateTimeField", ["NoneType", "StoredMoment"]),
        "Loose.dtday": ("StoredDateTimeField", ["NoneType", "StoredMoment"]),
        "Loose.epoch": ("RawBigIntegerField", ["NoneType", "int"]),
        "Loose.bo": ("BooleanField", ["bool"]),
        "Loose.bo2": ("BigIntegerField", ["int"]),
        "Loose.bl": ("BinaryField", ["NoneType", "bytes"]),
        "Moments.zero": ("RawTextField", ["str"]),
        "Moments.february": ("RawTextField", ["str"]),
        "Moments.huge": ("BigIntegerField", ["int"]),
        "Moments.fine": ("FloatField", ["float"]),
        "Notes.order_details": ("ForeignObject", None),
        "Refs.orphan": ("BigIntegerField", ["int"]),
        "Gen.c_d": ("GeneratedField", ["str"]),
        "MediaType.album_id": ("ForeignKey", None),
        "Words.tf": ("WordBooleanField", ["bool"]),
        "Words.yn": ("WordBooleanField", ["NoneType", "bool"]),
        "Words.mixed": ("TextField", ["str"]),
        "Words.sent": ("StoredDateTimeField", ["StoredMoment"]),
        "Tags.owner_name": ("TextField", ["str"]),
        "Latin.word": ("UndecodedTextField", ["Shown"]),
        "Days.d": ("RawTextField", ["str"]),
        "Days.huge": ("FloatField", ["float"]),
        "ByMoment.at": ("RawTextField", ["str"]),
        "Share.half": ("GeneratedField", ["int"]),
    },
    "mysql": {
        "Child.payload": ("BinaryField", ["NoneType", "bytes"]),
        "Child.parent": ("ForeignObject", None),
        "Checked.age": ("IntegerField", ["int"]),
        "Checked.doc": ("StoredJSONField", ["_Object"]),
        "Checked.price": ("DecimalField", ["Decimal"]),
        "Versioned.v": ("IntegerField", ["int"]),
        "Counted.seq": ("IntegerField", ["int"]),
        "Kinds.e": ("CharField", ["str"]),
        "Kinds.s": ("SetField", ["str"]),
        "Kinds.y": ("PositiveSmallIntegerField", ["int"]),
        "Kinds.g": ("GeometryTextField", ["NoneType", "Shown"]),
        "Kinds.flag": ("BooleanField", ["bool"]),
        "Kinds.notflag": ("SmallIntegerField", ["int"]),
        "Kinds.emptyflag": ("SmallIntegerField", ["NoneType"]),
        "Kinds.u": ("UnsignedBigIntegerField", ["int"]),
        "Kinds.b1": ("BitBooleanField", ["bool"]),
        "Kinds.b9": ("BitField", ["int"]),
        "Kinds.f": ("SingleFloatField", ["float"]),
        "Kinds.lb": ("BinaryField", ["NoneType", "bytes"]),
        "Kinds.zd": ("ZeroDateField", ["NoneType", "date"]),
        "Kinds.zn": ("ReadOnlyTextField", ["NoneType", "Shown"]),
        "Kinds.pz": ("ReadOnlyTextField", ["Shown"]),
        "Kinds.ti2": ("ReadOnlyTextField", ["Shown"]),
        "Kinds.uid": ("UUIDField", ["NoneType", "UUID"]),
        "Gen.c": ("GeneratedField", ["str"]),
        "OrderDetails.class_column": ("CharField", ["str"]),
        "OrderDetails.models_column": ("IntegerField", ["int"]),
        "Uniqfk.user": ("OneToOneField", None),
        "Tonon.k": ("IntegerField", ["int"]),
        "Orphans.user_id": ("IntegerField", ["int"]),
        "Masks.m": ("BitField", ["int"]),
        "ByDay.day": ("ReadOnlyTextField", ["Shown"]),
    },
    "postgresql": {
        "Kinds.m": ("CharField", ["str"]),
        "Kinds.ms": ("EnumArrayField", ["NoneType", "list"]),
        "Kinds.ints": ("ArrayField", ["list"]),
        "Kinds.d": ("DecimalField", ["Decimal", "NoneType"]),
        "Kinds.d3": ("DecimalField", ["Decimal"]),
        "Kinds.x": ("TextField", ["NoneType", "str"]),
        "Kinds.j": ("StoredJSONField", ["NoneType", "_Object"]),
        "Kinds.b": ("BinaryField", ["NoneType", "bytes"]),
        "Kinds.ts": ("NaiveDateTimeField", ["datetime"]),
        "Kinds.inf": ("ReadOnlyTextField", ["NoneType", "Shown"]),
        "Kinds.n": ("ReadOnlyTextField", ["Shown"]),
        "LineNotes.lines": ("ForeignObject", None),
        "Lines.pub": ("ForeignKey", None),
        "MyTable.per_cent": ("IntegerField", ["int"]),
        "Gen.mixed": ("GeneratedField", ["str"]),
        "Ident.b": ("IntegerField", ["int"]),
        "Partial.code": ("TextField", ["str"]),
        "Counted.n": ("IdentityField", ["int"]),
        "Rounded.hundreds": ("DecimalField", ["Decimal", "NoneType"]),
        "Rounded.tiny": ("DecimalField", ["Decimal", "NoneType"]),
        "Rounded.span": ("ReadOnlyTextField", ["NoneType", "Shown"]),
        "Rounded.days": ("ReadOnlyTextField", ["Shown"]),
        "Documents.body": ("StoredJSONField", ["_Object"]),
        "Orphans.order_id": ("IntegerField", ["int"]),
        "Twice.id": ("OneToOneField", None),
        "Guests.ip": ("GenericIPAddressField", ["str"]),
        "Signed.f": ("SignedZeroFloatField", ["float"]),
        "Signed.back": ("ReadOnlyTextField", ["Shown"]),
        "About.document": ("StoredJSONField", ["_Object"]),
    },
}


@pytest.mark.parametrize("engine", ENGINES)
def test_models_of_a_database_full_of_traps(attic, engine):
    source = attic.inspect()

    left_out = [line for line in attic.said.splitlines() if line.startswith("Left out: ")]
    assert [line.split(": ")[1] for line in left_out] == LEFT_OUT[engine]
    header = " ".join(line.removeprefix("#").strip() for line in source.splitlines()[:80])
    assert all(f"Left out: {name}: " in header for name in LEFT_OUT[engine])
    assert "Time zone: " in header and "no TIME_ZONE, so they are read as UTC" in header

    assert "class Stamped(TriggeredModel):" in source

    found = attic.probe()
    assert found["invalid"] == []
    assert found["changed"] == []
    refused = {tuple(text.split(": ")) for text in found["refused"]}
    by_us = {model for model, error in refused if error == "ReadOnlyTable"}
    assert by_us == READ_ONLY[engine]
    # Rows whose references go to tables or rows that are not there: SQLite itself refuses them.
    by_server = {("Refs", "OperationalError"), ("Tags", "IntegrityError")}
    assert refused - {(model, "ReadOnlyTable") for model in by_us} <= by_server

    for path, (field, types) in TYPES[engine].items():
        if field == "ForeignObject":
            model, _, name = path.partition(".")
            body = source.partition(f"class {model}(")[2].partition("class Meta")[0]
            assert f"{name} = models.ForeignObject(" in body
            continue
        assert (path, found["fields"][path]) == (path, field)
        if types is not None:
            assert (path, found["types"][path]) == (path, types)

    again = attic.manage("inspect_legacy", "attic").stdout
    assert again == source


@pytest.mark.parametrize("engine", ENGINES)
def test_written_as_ruff_would(attic, engine):
    attic.inspect()
    for command in (["format", "--check"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "attic"],
            cwd=attic.folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


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


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "sql", ["\n".join(f"create table t{i} (id int primary key, a varchar(9));" for i in range(400))]
)
def test_four_hundred_tables_take_seconds_and_show_progress(attic, engine, sql):
    start = time.monotonic()
    assert attic.inspect().count("class Meta:") == 400
    assert time.monotonic() - start < 30
    assert "400 of 400 tables read" in attic.said


NO_DATE = {"sqlite": "'n/a'", "mysql": "'2020-00-00'", "postgresql": "date 'infinity'"}
MANY = {
    "sqlite": "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000)",
    "mysql": "with n as (select seq as i from seq_1_to_200000)",
    "postgresql": "with n as (select i from generate_series(1, 200000) i)",
}


def _large(engine: str) -> str:
    """A table without a date in its middle and near its end, and a view that will not answer today."""
    date = "date" if engine == "postgresql" else ""
    days = ", ".join(
        f"case i when {odd} then {NO_DATE[engine]} else {date} '2020-01-01' end"
        for odd in (100_000, 199_990)
    )
    lenient = "set sql_mode = ''; " if engine == "mysql" else ""
    rows = f"insert into big {MANY[engine]} select i, {days} from n"
    return (
        f"{lenient}create table big (id integer primary key, middle date, last date); {rows};"
        "create view endless as select count(*) as i from big a, big b, big c;"
    )


@pytest.mark.parametrize(("engine", "sql"), [(engine, _large(engine)) for engine in ENGINES])
def test_large_tables_are_read_at_both_ends_and_slow_views_are_not_waited_for(attic, engine):
    source = attic.inspect()
    assert "middle = models.DateField(" in source and "last = models.DateField(" not in source
    assert "Sampled: big: its first and last 50,000 rows decided" in attic.said
    (slow,) = (line for line in attic.said.splitlines() if "no answer within 5 seconds" in line)
    assert "endless" in slow and "class Endless(KeylessModel)" in source


@pytest.mark.parametrize(
    ("engine", "sql"), [(engine, _large(engine).partition("create view")[0]) for engine in ENGINES]
)
def test_thorough_reads_large_tables_to_the_end(attic, engine):
    done = attic.manage("inspect_legacy", "attic", "--thorough")
    assert "middle = models.DateField(" not in done.stdout and "Sampled" not in done.stderr


TESTING = """
import json
from pathlib import Path
from my_project.settings import testing

globals().update({name: value for name, value in vars(testing).items() if name.isupper()})
attic = json.loads(Path("attic.json").read_text())["attic"] | {"NAME": "test_attic"}
memory = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "ROLE": "shared"}
DATABASES = {**testing.DATABASES, "attic": attic if IN_ITS_ENGINE else memory}
DATABASES["attic"]["TEST"] = {"NAME": IN_ITS_ENGINE and "test_attic" or None, "DEPENDENCIES": []}
INSTALLED_APPS = [*testing.INSTALLED_APPS, "attic"]
"""
QUERIES = """
from django.apps import apps
from django.test import TestCase


class Attic(TestCase):
    databases = {"attic"}

    def test_every_model_has_a_table(self) -> None:
        models = list(apps.get_app_config("attic").get_models())
        for model in models:
            self.assertEqual(list(model._default_manager.using("attic").all()), [])
        self.assertGreater(len(models), 20)
"""


@pytest.mark.parametrize(
    ("engine", "in_its_engine"),
    [*((engine, False) for engine in ENGINES), ("mysql", True), ("postgresql", True)],
)
def test_test_databases_have_the_tables_of_any_engine_and_schema(attic, engine, in_its_engine):
    attic.inspect()
    (attic.folder / "attic_testing.py").write_text(f"IN_ITS_ENGINE = {in_its_engine}\n{TESTING}")
    (attic.folder / "attic" / "tests.py").write_text(QUERIES)
    done = manage(attic.folder, "test", "attic", "--settings", "attic_testing", env=ENV)
    assert "Ran 1 test" in done.stderr and "OK" in done.stderr


@pytest.mark.parametrize(("engine", "sql"), [("sqlite", "")])
def test_a_database_without_tables_is_no_success(attic, engine, sql):
    done = attic.manage("inspect_legacy", "attic", "--output", "attic/models.py", check=False)
    assert done.returncode == 1 and "has no table" in done.stderr
    assert not (attic.folder / "attic" / "models.py").exists()


@pytest.mark.parametrize(("engine", "sql"), [("sqlite", "create table a (id integer primary key)")])
def test_a_file_that_someone_else_wrote_is_left_alone(attic, engine, sql):
    (attic.folder / "attic" / "models.py").write_text("# mine\n")
    done = attic.manage("inspect_legacy", "attic", "--output", "attic/models.py", check=False)
    assert done.returncode == 1 and "was not written by this command" in done.stderr


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
    database(engine, _schema(engine, after=True), tmp_path, request)
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
