"""Rows of views, and of tables without a key: they can be read, and nothing else."""

from collections.abc import Callable
from typing import Any

from django.db import connection, models
from django.test import TestCase
from django.test.utils import isolate_apps

from manydb.core.exceptions import NoKey, ReadOnlyTable
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

    def test_a_row_equals_itself_alone(self) -> None:
        one, other = self.rows.all()
        self.assertEqual(len({one, other}), 2)
        self.assertNotEqual(one, other)
        self.assertIn(one, [one])
        one.full_clean()

    def test_columns_can_be_left_out_and_are_then_not_there(self) -> None:
        for rows in (self.rows.only("text"), self.rows.defer("number")):
            row = rows.order_by("number").last()
            self.assertEqual(row.text, "twice")
            with self.assertRaisesRegex(NoKey, "can't be read again for number: name each column"):
                _ = row.number

    def test_what_needs_a_key_is_refused(self) -> None:
        row = self.rows.first()
        uses: dict[str, Callable[[], object]] = {
            "pk": lambda: row.pk,
            "a set of them": lambda: {row.pk for row in self.rows},
            "get": lambda: self.rows.get(pk="twice"),
            "filter": lambda: self.rows.filter(pk="twice"),
            "exclude": lambda: self.rows.exclude(pk__in=["twice"]),
            "Q": lambda: self.rows.filter(models.Q(number=1) | ~models.Q(pk="twice")),
            "order_by": lambda: self.rows.order_by("-pk"),
            "in_bulk": self.rows.in_bulk,
            "contains": lambda: self.rows.contains(row),
            "last": self.rows.last,
            "refresh_from_db": row.refresh_from_db,
        }
        for name, use in uses.items():
            with self.subTest(name), self.assertRaisesRegex(NoKey, "has no key, so"):
                use()
