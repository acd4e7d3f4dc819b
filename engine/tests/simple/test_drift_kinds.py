"""Where models and live tables differ: every kind of difference is found, and no other one is claimed."""

import json
import re
from contextlib import suppress
from io import StringIO
from typing import ClassVar

from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import Error, connections
from django.test import TransactionTestCase

from engine.tests.attic import AtticCase
from manydb.legacy.drift.privileges import denied

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
create table indexed (a int not null [unique|], b varchar(9));
create table bare (a int not null [|primary key], b int);
create table linked (id int not null primary key, was int, will int, sized [varchar(10)|text],
    ranked {ranks} [, foreign key (was) references owner (id)|, foreign key (will) references owner (id)]);
"""
MOODS = "create type mood as enum ('a', '[b|c]'); create type ranks as enum (['x', 'y'|'y', 'x']);"
SPELLED = {
    "sqlite": TABLES.format(mood="text", foreign="", ranks="text"),
    # MariaDB 10.4 and older ignore a foreign key in the line of its column.
    "mysql": TABLES.format(
        mood="enum('a','[b|c]')",
        ranks="enum(['x', 'y'|'y', 'x'])",
        foreign=", foreign key (owner_id) references [owner|other](id)",
    ),
    "postgresql": MOODS + TABLES.format(mood="mood", ranks="ranks", foreign=""),
}
DRIFTS = {
    ("fresh", "", "table", "no model", "extra"),
    ("gone", "", "table", "attic.Gone", "missing"),
    ("bare", "", "primary key", "none", "a"),
    ("indexed", "", "primary key", "a", "none"),
    ("linked", "sized", "length", "10", "any"),
    ("linked", "was", "foreign key", "owner", "none"),
    ("linked", "will", "foreign key", "none", "owner"),
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
    ("linked", "ranked", "choices", "x, y", "y, x"),
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


class Drifts(AtticCase):
    def check(self, *options: str) -> str:
        """What the command prints, which fails."""
        out = StringIO()
        with self.assertRaisesRegex(CommandError, "differences in attic"):
            call_command("check_legacy_models", "attic", *options, stdout=out)
        return out.getvalue()

    def test_each_kind_is_found(self) -> None:
        self.make(_side(self.engine, 1))
        self.inspect()
        expected = DRIFTS_OF[self.engine]
        with self.installed():
            call_command("check_legacy_models", "attic", stdout=(said := StringIO()))
            self.assertEqual(said.getvalue(), "No drift in attic.\n")
            self.make(_side(self.engine, 2))
            rows = json.loads(self.check("--json"))
            self.assertEqual({tuple(row.values())[1:] for row in rows}, expected)
            head, *shown = (line.split() for line in self.check().splitlines())
        self.assertEqual(head, ["alias", "table", "column", "what", "model", "live"])
        self.assertEqual(len(shown), len(expected))
        self.assertIn(["attic", "thing", "named", "length", "10", "12"], shown)


CLOSED = """
create table seen (id int primary key, note varchar(9));
create table closed (id int primary key, note varchar(9));
create table partly (id int primary key, hidden varchar(9));
"""
GRANTS = {
    "mysql": "grant select on {db}.seen to {user}; grant select (id) on {db}.partly to {user};",
    "postgresql": "grant select on seen to {user}; grant select (id) on partly to {user};",
}
SCHEMA = "create schema hr; create table hr.staff (id int primary key);"
READER = "attic_reader"


class Privileges(AtticCase):
    """Of accounts, which a file has none of."""

    def as_reader(self) -> None:
        """From here on the attic is read by an account that may read part of it."""
        quoted = connections["attic"].ops.quote_name
        password = "identified by 'x'" if self.engine == "mysql" else "password 'x'"
        grants = GRANTS[self.engine].format(db=quoted(self.name), user=READER)
        self.drop_reader()
        self.addCleanup(self.drop_reader)
        with connections["attic"].cursor() as cursor:
            cursor.execute(f"create user {READER} {password}")
            for statement in filter(None, grants.split(";")):
                cursor.execute(statement)
        connections["attic"].close()
        owner = {name: self.entry[name] for name in ("USER", "PASSWORD")}
        self.addCleanup(self.entry.update, owner)
        self.entry |= {"USER": READER, "PASSWORD": "x"}
        self.connect()

    def drop_reader(self) -> None:
        connections["attic"].close()
        self.connect()
        with connections["attic"].cursor() as cursor:
            for drop in (f"drop owned by {READER}", f"drop user {READER}"):
                with suppress(Error):
                    cursor.execute(drop)

    def test_what_is_not_granted_is_not_missing(self) -> None:
        if self.engine == "sqlite":
            self.assertEqual(denied(connections["attic"], Group), [])
            return
        self.make(CLOSED + (SCHEMA if self.engine == "postgresql" else ""))
        self.inspect()
        self.as_reader()
        out = StringIO()
        with self.installed(), self.assertRaises(CommandError):
            call_command("check_legacy_models", "attic", "--json", stdout=out)
        said = f"not granted to {READER}"
        expected = {
            ("closed", "", "table", "attic.Closed", said),
            ("partly", "hidden", "column", "hidden", said),
        }
        if self.engine == "postgresql":
            expected.add(("hr.staff", "", "table", "attic.Staff", said))
        self.assertEqual({tuple(row.values())[1:] for row in json.loads(out.getvalue())}, expected)

    def test_sequences_are_no_tables(self) -> None:
        sequence = "" if self.engine == "sqlite" else "create sequence numbers;"
        self.make(f"{sequence} create table seen (id integer primary key);")
        source, _ = self.inspect()
        self.assertEqual(source.count("class Meta:"), 1)
        with self.installed():
            call_command("check_legacy_models", "attic", stdout=(said := StringIO()))
        self.assertEqual(said.getvalue(), "No drift in attic.\n")


class TablesOfTheProject(TransactionTestCase):
    databases: ClassVar[set[str]] = {"default"}

    def test_they_are_neither_written_as_models_nor_drift(self) -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute("create table other_software (id integer primary key)")
        self.addCleanup(self.drop)
        out = StringIO()
        call_command("inspect_legacy", "default", stdout=out, stderr=StringIO())
        self.assertEqual(
            re.findall(r"^class (\w+)", out.getvalue(), re.MULTILINE), ["OtherSoftware"]
        )

    def drop(self) -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute("drop table if exists other_software")
