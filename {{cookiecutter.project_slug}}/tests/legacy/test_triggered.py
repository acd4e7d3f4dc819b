"""Rows of tables with UPDATE triggers: sent when something in them has changed, and only then."""

from typing import Any

from django.db import connection, models
from django.test import TestCase
from django.test.utils import isolate_apps

from {{ cookiecutter.project_slug }}.databases.legacy.triggered import TriggeredModel


@isolate_apps("{{ cookiecutter.project_slug }}.databases")
class TriggeredRows(TestCase):
    def setUp(self) -> None:
        class Touched(TriggeredModel):
            name = models.CharField(max_length=9)
            note = models.TextField()

            class Meta:
                app_label = "databases"
                db_table = "touched"
                managed = False

        self.model: Any = Touched
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE IF NOT EXISTS touched "
                "(id integer PRIMARY KEY, name varchar(9), note text)"
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
