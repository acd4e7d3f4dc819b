"""Rows of tables with UPDATE triggers: sent when something in them has changed, and only then."""

from typing import Any

from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.test import TestCase
from django.test.utils import isolate_apps

from manydb.legacy.triggered import TriggeredModel


@isolate_apps("manydb.core")
class TriggeredRows(TestCase):
    databases = {"default", "accounts"}

    def setUp(self) -> None:
        class Touched(TriggeredModel):
            name = models.CharField(max_length=9)
            note = models.TextField()
            tags = models.JSONField(default=list)

            class Meta:
                app_label = "databases"
                db_table = "touched"
                managed = False

        self.model: Any = Touched
        json = Touched._meta.get_field("tags").db_type(connection)
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE IF NOT EXISTS touched "
                f"(id integer PRIMARY KEY, name varchar(9), note text, tags {json})"
            )
        self.model.objects.using("default").create(id=1, name="old", note="")

    def read(self) -> Any:
        return self.model.objects.using("default").get()

    def test_an_unchanged_row_is_not_sent(self) -> None:
        row = self.read()
        with self.assertNumQueries(0):
            row.save()

    def test_a_changed_row_is_sent_also_after_a_deferred_field_was_read(self) -> None:
        row = self.model.objects.using("default").defer("note").get()
        row.name = "new"
        self.assertEqual(row.note, "")
        row.save()
        self.assertEqual(self.read().name, "new")

    def test_what_was_sent_once_is_no_longer_as_it_was_read(self) -> None:
        row = self.read()
        row.name = "new"
        row.save()
        row.name = "old"
        row.save()
        self.assertEqual(self.read().name, "old")

    def test_a_value_that_is_changed_in_place_is_a_change(self) -> None:
        row = self.read()
        row.tags.append("red")
        row.save()
        self.assertEqual(self.read().tags, ["red"])

    def test_what_is_forced_is_sent(self) -> None:
        row = self.read()
        with self.assertNumQueries(2):  # and it is read again
            row.save(force_update=True)
        with self.assertRaises(IntegrityError), transaction.atomic():
            self.read().save(force_insert=True)

    def test_to_another_database_all_of_it_is_sent(self) -> None:
        row = self.read()
        with self.assertRaises(DatabaseError), transaction.atomic(using="accounts"):
            row.save(using="accounts")  # which has no such table
