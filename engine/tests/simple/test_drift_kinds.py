"""Where models and live tables differ: every kind of difference is found, and no other one is claimed."""

import json
import re
from io import StringIO

from django.core.management import CommandError, call_command

from engine.tests.attic import AtticCase

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
