"""Models out of a database that was there before: ``inspect_legacy`` and ``check_legacy_models``."""

import json
import sqlite3
import tempfile
from io import StringIO
from pathlib import Path

from django.core.management import CommandError, call_command
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.test import TestCase

SCHEMA = """
    CREATE TABLE "Order Details" (
        OrderID integer NOT NULL, "Line No" integer NOT NULL, class nvarchar(10) NOT NULL DEFAULT '',
        price numeric(10,2), PRIMARY KEY (OrderID, "Line No"));
    INSERT INTO "Order Details" VALUES (1, 1, '', 9.99);
    CREATE TABLE Shipments (id integer PRIMARY KEY, OrderID integer, LineNo integer, label blob,
        title text, last_name text,
        FOREIGN KEY (OrderID, LineNo) REFERENCES "Order Details");
    INSERT INTO Shipments VALUES (1, 1, 1, x'00ff', 'Dr', 'Ong');
    CREATE TABLE log (line text);
    CREATE VIEW broken AS SELECT * FROM nowhere;
"""


class InspectLegacy(TestCase):
    """On an alias of its own, a SQLite file."""

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.file = self.folder / "attic.sqlite3"
        connection = sqlite3.connect(self.file)
        connection.executescript(SCHEMA)
        connection.close()
        attic = {"ENGINE": "django.db.backends.sqlite3", "NAME": self.file}
        configured = connections.configure_settings({"default": {}, "attic": attic})
        connections["attic"] = DatabaseWrapper(configured["attic"], "attic")
        self.addCleanup(self.forget)

    def forget(self) -> None:
        connections["attic"].close()
        del connections["attic"]

    def inspect(self) -> tuple[str, str]:
        out, err = StringIO(), StringIO()
        call_command("inspect_legacy", "attic", stdout=out, stderr=err)
        return out.getvalue(), err.getvalue()

    def test_keys_names_and_types(self) -> None:
        source, _ = self.inspect()
        self.assertIn('pk = models.CompositePrimaryKey("order_id", "line_no")', source)
        self.assertIn('class_column = models.CharField(db_column="class"', source)
        self.assertIn("label = models.BinaryField(null=True, blank=True)", source)
        self.assertIn("order_detail = models.ForeignObject(", source)
        self.assertIn("class Log(KeylessModel):", source)
        self.assertIn('_DATABASE = "attic"', source)
        self.assertIn("return str(self.last_name or self.pk)", source)

    def test_what_can_not_be_modelled_is_said_twice(self) -> None:
        source, said = self.inspect()
        self.assertNotIn("class Broken", source)
        for text in (source, said):
            self.assertIn("Left out: broken: no such table: main.nowhere.", text)
            self.assertIn("Read-only: log (Log) has no key", text)

    def test_the_database_stays_as_it_was(self) -> None:
        before = self.file.read_bytes()
        first, _ = self.inspect()
        second, _ = self.inspect()
        self.assertEqual(first, second)
        self.assertEqual(self.file.read_bytes(), before)

    def test_a_file_of_somebody_else_is_not_replaced(self) -> None:
        output = self.folder / "models.py"
        call_command("inspect_legacy", "attic", output=output, stderr=StringIO())
        again = StringIO()
        call_command("inspect_legacy", "attic", output=output, stdout=again, stderr=StringIO())
        self.assertIn("nothing was changed", again.getvalue())
        output.write_text("# edited beyond recognition\n")
        with self.assertRaisesMessage(CommandError, "was not written by this command"):
            call_command("inspect_legacy", "attic", output=output)

    def test_tables_without_a_model_are_drift_unless_it_is_meant(self) -> None:
        out = StringIO()
        with self.assertRaisesMessage(CommandError, "3 differences in attic."):
            call_command("check_legacy_models", "attic", "--json", stdout=out)
        rows = json.loads(out.getvalue())
        self.assertEqual([row["table"] for row in rows], ["Order Details", "Shipments", "log"])
        self.assertEqual({row["live"] for row in rows}, {"extra"})
        call_command("check_legacy_models", "attic", "--ignore", "*", stdout=StringIO())
