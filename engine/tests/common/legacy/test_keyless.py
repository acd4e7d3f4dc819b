"""Rows of views, and of tables without a key: they can be read, and nothing else."""

from collections.abc import Callable
from typing import Any

from django.db import connection, models
from django.test import TestCase
from django.test.utils import isolate_apps

from manydb.core.exceptions import ReadOnlyTable
from manydb.legacy.keyless import KeylessModel


@isolate_apps("manydb.core")
class KeylessRows(TestCase):
    def setUp(self) -> None:
        class Line(KeylessModel):
            text = models.CharField(max_length=9, primary_key=True)
            number = models.IntegerField()

            class Meta:
                app_label = "databases"
                db_table = "line"
                managed = False

        self.model: Any = Line
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE IF NOT EXISTS line (text varchar(9), number integer)"
            )
            cursor.execute("INSERT INTO line VALUES ('twice', 1), ('twice', 2)")
        self.rows = self.model.objects.using("default")

    def test_rows_are_read_without_an_order(self) -> None:
        self.assertEqual(sorted(self.rows.values_list()), [("twice", 1), ("twice", 2)])
        with self.assertNumQueries(1) as queries:
            self.assertEqual(str(self.rows.filter(number=2).first()), "twice, 2")
        self.assertNotIn("ORDER BY", queries[0]["sql"])
        self.assertIsNone(self.rows.filter(number=3).first())

    def test_every_write_is_refused(self) -> None:
        row = self.rows.first()
        writes: dict[str, Callable[[], object]] = {
            "save": row.save,
            "delete": row.delete,
            "create": lambda: self.rows.create(text="new", number=3),
            "update": lambda: self.rows.update(number=3),
            "delete of a queryset": self.rows.delete,
            "bulk_create": lambda: self.rows.bulk_create([self.model(text="new", number=3)]),
            "bulk_update": lambda: self.rows.bulk_update([row], ["number"]),
        }
        for name, write in writes.items():
            with self.subTest(name), self.assertRaisesRegex(ReadOnlyTable, "has no key"):
                write()
