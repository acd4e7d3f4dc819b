"""What code of the release before can't live with is found in migrations, and what it can is not."""

from typing import Any
from unittest import mock

from django.contrib.postgres.operations import AddIndexConcurrently
from django.core.management import CommandError, call_command
from django.db import connections, migrations, models
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState
from django.test import SimpleTestCase, TransactionTestCase

from manydb.core.placement import shared_alias
from manydb.fleet import old_code

add, alter = migrations.AddField, migrations.AlterField
integer, char = models.IntegerField, models.CharField


def fields() -> list[tuple[str, Any]]:
    return [
        ("id", models.BigAutoField(primary_key=True)),
        ("title", char(max_length=20)),
        ("note", char(max_length=20, null=True)),
        ("number", integer(default=1)),
        ("parent", models.ForeignKey("self", models.CASCADE, null=True)),
        ("friends", models.ManyToManyField("self")),
    ]


def separate(*operations: Any) -> Any:
    return migrations.SeparateDatabaseAndState(database_operations=[*operations])


def noop(apps: Any, editor: Any) -> None:
    """Does nothing."""


INDEX = models.Index(fields=["title"], name="by_title")
# Each with a part of the sentence; "" if old code can live with it.
CASES: dict[str, tuple[Any, str]] = {
    "new": (add("order", "more", integer(default=0)), "order.more is new, and old code inserts"),
    "new, inside": (separate(add("order", "more", integer())), "order.more is new"),
    "new with db_default": (add("order", "more", integer(db_default=0)), ""),
    "new with null": (add("order", "more", integer(null=True)), ""),
    "new many-to-many": (add("order", "more", models.ManyToManyField("self")), ""),
    "new foreign key": (
        add("order", "more", models.ForeignKey("self", models.CASCADE, default=1)),
        "order.more is new",
    ),
    "removed": (migrations.RemoveField("order", "title"), "old code still reads order.title"),
    "removed many-to-many": (migrations.RemoveField("order", "friends"), "Drop its table"),
    "removed from the model only": (
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField("order", "title")]
        ),
        "",
    ),
    "renamed": (migrations.RenameField("order", "title", "name"), 'db_column="title"'),
    "renamed key": (migrations.RenameField("order", "parent", "over"), 'db_column="parent_id"'),
    "renamed model": (migrations.RenameModel("Order", "Sale"), 'db_table = "shop_order"'),
    "renamed pinned model": (migrations.RenameModel("Pinned", "Sale"), ""),
    "renamed table": (migrations.AlterModelTable("order", "orders"), "the table shop_order"),
    "deleted": (migrations.DeleteModel("Order"), "still reads the table shop_order"),
    "deleted unmanaged": (migrations.DeleteModel("Foreign"), ""),
    "not null": (alter("order", "note", char(max_length=20, db_default="")), "becomes NOT NULL"),
    "null": (alter("order", "title", char(max_length=20, null=True)), ""),
    "unique": (alter("order", "title", char(max_length=20, unique=True)), "becomes unique"),
    "narrower": (alter("order", "title", char(max_length=19)), "no longer fits"),
    "wider": (alter("order", "title", char(max_length=21)), ""),
    "text": (alter("order", "title", models.TextField()), ""),
    "another type": (alter("order", "title", integer()), "no longer fits"),
    "wider number": (alter("order", "number", models.BigIntegerField()), ""),
    "narrower number": (alter("order", "number", models.SmallIntegerField()), "no longer fits"),
    "default": (alter("order", "number", integer(default=2)), ""),
    "another column": (alter("order", "number", integer(db_column="no")), "the column number"),
    "index": (migrations.AddIndex("order", INDEX), "AddIndexConcurrently"),
    "index of a field": (
        alter("order", "title", char(max_length=20, db_index=True)),
        "AddIndexConcurrently",
    ),
    "concurrent index": (AddIndexConcurrently("order", INDEX), ""),
    "constraint": (
        migrations.AddConstraint(
            "order", models.UniqueConstraint(fields=["title"], name="one_title")
        ),
        "the constraint one_title",
    ),
    "together": (
        migrations.AlterUniqueTogether("order", {("title", "note")}),
        "unique_together refuses",
    ),
    "code": (migrations.RunPython(noop), "Give it reverse_code"),
    "code with a way back": (migrations.RunPython(noop, noop), ""),
    "statement": (migrations.RunSQL("SELECT 1"), "Give it reverse_sql"),
    "statement with a way back": (migrations.RunSQL("SELECT 1", "SELECT 1"), ""),
    "another manager": (migrations.AlterModelOptions("order", {"ordering": ["title"]}), ""),
}


class Operations(SimpleTestCase):
    def found(self, operation: Any, created: Any = (), vendor: str = "postgresql") -> list[str]:
        state = ProjectState()
        for name, options in (
            ("Order", {}),
            ("Pinned", {"db_table": "shop_order2"}),
            ("Foreign", {"managed": False}),
        ):
            # Deconstructed, since a field is that of one model.
            migrations.CreateModel(name, fields(), options).state_forwards("shop", state)
        connection: Any = connections[shared_alias()]
        types = connection.data_types | {
            "SmallIntegerField": "smallint",
            "IntegerField": "integer",
            "BigIntegerField": "bigint",
            "CharField": "varchar(%(max_length)s)",
            "TextField": "text",
        }
        with (
            mock.patch.object(connection, "vendor", vendor),
            mock.patch.object(connection, "data_types", types),
        ):
            step = old_code.Step("shop", operation, state, connection)
            return [*old_code._of(step, set(created))]

    def test_what_old_code_can_not_live_with_is_found(self) -> None:
        for name, (operation, part) in CASES.items():
            with self.subTest(name):
                found = self.found(operation)
                self.assertEqual(len(found), bool(part), found)
                if part:
                    self.assertIn(part, found[0])

    def test_a_table_of_the_same_run_is_unknown_to_it(self) -> None:
        new = {("shop", "order"), ("shop", "foreign"), ("shop", "pinned")}
        for name, (operation, _) in CASES.items():
            with self.subTest(name):
                self.assertEqual(self.found(operation, new), [])

    def test_other_servers_make_an_index_beside_writes(self) -> None:
        self.assertEqual(self.found(CASES["index"][0], vendor="mysql"), [])


class Command(TransactionTestCase):
    databases = "__all__"

    def tearDown(self) -> None:
        recorder = MigrationRecorder(connections[shared_alias()])
        for name in ("0001_initial", "0002_remove_content_type_name"):
            if ("contenttypes", name) not in recorder.applied_migrations():
                recorder.record_applied("contenttypes", name)

    def lint(self, *words: str) -> None:
        call_command(
            "migrate_databases",
            *words,
            "--only",
            shared_alias(),
            stdout=mock.Mock(),
            stderr=self.said,
        )

    def test_missing_migrations_are_looked_at_and_no_others(self) -> None:
        self.said = mock.Mock()
        self.lint("--lint")
        self.said.write.assert_not_called()
        recorder = MigrationRecorder(connections[shared_alias()])
        recorder.record_unapplied("contenttypes", "0002_remove_content_type_name")
        with self.assertRaisesMessage(CommandError, "can't live with 1 of these operations"):
            self.lint("--lint")
        self.assertIn("still reads contenttype.name", str(self.said.write.call_args_list))
        self.said.reset_mock()
        self.lint("--plan")
        self.assertIn("still reads contenttype.name", str(self.said.write.call_args_list))
        with mock.patch.object(migrations.Migration, "is_contract", True, create=True):
            old_code._kept.cache_clear()
            self.lint("--lint")
        old_code._kept.cache_clear()
        recorder.record_unapplied("contenttypes", "0001_initial")  # as before the first deployment
        self.said.reset_mock()
        self.lint("--lint")
        self.said.write.assert_not_called()
