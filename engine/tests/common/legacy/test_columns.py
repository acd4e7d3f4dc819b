"""Fields of legacy columns: what they read goes back as it is spelled there, until it is changed."""

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.test import TestCase
from django.test.utils import isolate_apps

from manydb.core.exceptions import ReadOnlyColumn
from manydb.legacy.columns import ReadOnlyTextField, SetField, StoredDateTimeField, StoredJSONField

ROW = ('{"a":  [1.50, 2]}', "2020-01-01T10:00", "[1,5)")


@isolate_apps("manydb.core")
class LegacyColumns(TestCase):
    def setUp(self) -> None:
        class Document(models.Model):
            body = StoredJSONField()
            written: Any = (
                StoredDateTimeField() if connection.vendor == "sqlite" else models.TextField()
            )
            pages = ReadOnlyTextField()

            class Meta:
                app_label = "databases"
                db_table = "document"
                managed = False

            def __str__(self) -> str:
                return str(self.pages)

        self.model: Any = Document
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE IF NOT EXISTS document "
                "(id integer PRIMARY KEY, body json, written varchar(30), pages varchar(9))"
            )
            cursor.execute("INSERT INTO document VALUES (1, %s, %s, %s)", ROW)

    def read(self) -> Any:
        return self.model.objects.using("default").get()

    def stored(self) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT CAST(body AS char(99)), written, pages FROM document")
            return cursor.fetchone()

    def test_all_stay_as_they_are_spelled(self) -> None:
        before = self.stored()
        self.read().save()
        self.assertEqual(self.stored(), before)

    def test_json_that_is_changed_in_place_is_written(self) -> None:
        row = self.read()
        row.body["a"].append(3)
        row.save()
        self.assertEqual(self.read().body, {"a": [1.5, 2, 3]})

    def test_a_time_without_a_zone_is_in_that_of_its_database(self) -> None:
        if connection.vendor != "sqlite":
            return  # others have types for times
        self.assertEqual(self.read().written, datetime(2020, 1, 1, 10, tzinfo=UTC))

    def test_what_can_only_be_read_is_neither_changed_nor_copied(self) -> None:
        row = self.read()
        row.pages = "[2,6)"
        with self.assertRaisesRegex(ReadOnlyColumn, "can only be read"), transaction.atomic():
            row.save()
        copy = self.read()
        copy.pk, copy._state.adding = 2, True
        with self.assertRaises(ReadOnlyColumn), transaction.atomic():
            copy.save(force_insert=True)
        self.assertEqual(self.stored()[1:], ROW[1:])

    def test_a_set_takes_its_members_and_no_others(self) -> None:
        field = SetField(max_length=9, choices=[("r", "r"), ("w", "w")])
        self.assertEqual(field.clean("r,w", None), "r,w")
        for value in ("r,x", ""):
            with self.subTest(value), self.assertRaises(ValidationError):
                field.clean(value, None)
