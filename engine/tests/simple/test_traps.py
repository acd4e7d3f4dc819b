"""Models out of a database full of traps: they import, read, and keep what they read."""

import warnings
from collections import defaultdict
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections, transaction

from engine.tests.attic import AtticCase
from engine.tests.trapped import FIELDS, LEFT_OUT, READ_ONLY, VALUES

TEXT = {
    "sqlite": "typeof({0}) || CASE typeof({0}) WHEN 'text' THEN hex({0}) ELSE quote({0}) END",
    "mysql": "hex(cast({0} as binary))",
    "postgresql": "cast({0} as text)",
}


class Traps(AtticCase):
    def setUp(self) -> None:
        super().setUp()
        self.make_traps()
        self.source, self.said = self.inspect()

    def test_what_can_not_be_modelled_is_said_twice(self) -> None:
        left_out = [line for line in self.said.splitlines() if line.startswith("Left out: ")]
        self.assertEqual([line.split(": ")[1] for line in left_out], LEFT_OUT[self.engine])
        lines = self.source.splitlines()[:80]
        header = " ".join(line.removeprefix("#").strip() for line in lines)
        for name in LEFT_OUT[self.engine]:
            self.assertIn(f"Left out: {name}: ", header)
        self.assertIn("which Django does not escape", header)
        self.assertIn("Time zone: ", header)
        self.assertIn("no TIME_ZONE, so they are read as UTC", header)
        self.assertIn("class Stamped(TriggeredModel):", self.source)

    def test_the_source_is_the_same_each_time(self) -> None:
        options = {"class_names": "table", "stdout": (again := StringIO()), "stderr": StringIO()}
        call_command("inspect_legacy", "attic", **options)
        self.assertEqual(again.getvalue(), self.source)

    def test_models_and_tables_agree(self) -> None:
        with self.installed():
            call_command("check_legacy_models", "attic", stdout=(said := StringIO()))
        self.assertEqual(said.getvalue(), "No drift in attic.\n")

    def test_every_row_is_valid_and_is_saved_as_it_was(self) -> None:
        refused: set[tuple[str, str]] = set()
        with warnings.catch_warnings(), self.installed() as models:
            warnings.simplefilter("error", RuntimeWarning)
            for model in models:
                with self.subTest(model.__name__):
                    refused |= self.saved_unchanged(model)
        by_us = {model for model, error in refused if error == "ReadOnlyTable"}
        self.assertEqual(by_us, READ_ONLY[self.engine])
        # Rows whose references go to tables or rows that are not there: SQLite itself refuses them.
        by_server = {("Refs", "OperationalError"), ("Tags", "IntegrityError")}
        self.assertLessEqual(refused - {(model, "ReadOnlyTable") for model in by_us}, by_server)

    def saved_unchanged(self, model: Any) -> set[tuple[str, str]]:
        """Saves every row in a transaction that is rolled back; which of them were refused, and how."""
        refused = set()
        connection = connections["attic"]
        connection.ensure_connection()
        table = connection.ops.quote_name(model._meta.db_table.replace("%%", "%"))
        with transaction.atomic(using="attic"):
            before = self.rows_of(table)
            model.objects.using("attic").first()
            for row in list(model.objects.using("attic")):
                row.full_clean()
                try:
                    with transaction.atomic(using="attic"):
                        row.save()
                except DatabaseError as error:
                    refused.add((model.__name__, type(error).__name__))
            self.assertEqual(self.rows_of(table), before)
            transaction.set_rollback(True, using="attic")
        return refused

    def rows_of(self, table: str) -> list[str]:
        """Every value of a table as the server itself spells it."""
        connection = connections["attic"]
        with connection.cursor() as cursor:
            cursor.execute(f"select * from {table} limit 0")
            quoted = [connection.ops.quote_name(column[0]) for column in cursor.description]
            spelled = ", ".join(TEXT[self.engine].format(name) for name in quoted)
            cursor.execute(f"select {spelled} from {table}")
            return sorted(map(repr, cursor.fetchall()))

    def test_each_column_has_its_field_and_each_value_its_type(self) -> None:
        fields: dict[str, str] = {}
        types: dict[str, set[str]] = defaultdict(set)
        with self.installed() as models:
            for model in models:
                rows = list(model.objects.using("attic"))
                for field in model._meta.fields:
                    target = [field.related_model.__name__] if field.is_relation else []
                    fields[f"{model.__name__}.{field.name}"] = " ".join(
                        [type(field).__name__, *target]
                    )
                    if field.concrete:
                        values = (type(getattr(row, field.attname)).__name__ for row in rows)
                        types[type(field).__name__] |= {*values} - {"NoneType"}
        expected = FIELDS[self.engine]
        self.assertEqual({path: fields.get(path) for path in expected}, expected)
        wrong = {
            (field, kind)
            for field, kinds in types.items()
            for kind in kinds
            if field not in VALUES[kind].split()
        }
        self.assertEqual(wrong, set())


class WithoutTables(AtticCase):
    def test_it_is_no_success(self) -> None:
        self.make("create table a (id integer primary key)")
        with connections["attic"].cursor() as cursor:
            cursor.execute("drop table a")
        with self.assertRaisesRegex(CommandError, "has no table"):
            self.inspect()
        self.assertFalse(self.models.exists())


class SomeonesFile(AtticCase):
    def test_it_is_left_alone(self) -> None:
        self.make("create table a (id integer primary key)")
        self.models.write_text("# mine\n")
        with self.assertRaisesRegex(CommandError, "was not written by this command"):
            self.inspect()
        self.assertEqual(self.models.read_text(), "# mine\n")
