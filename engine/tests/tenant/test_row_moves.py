"""Rows of all tenants in the same tables of one database are moved into the tenants' databases."""

from io import StringIO
from typing import Any
from unittest.mock import patch

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections, models
from django.test import SimpleTestCase, TransactionTestCase, override_settings
from django.test.utils import isolate_apps

from engine.site.notes.models import Folder, Note, Tag
from engine.tests.names import new_storages
from manydb.core.models import TenantModel
from manydb.tenants import tenant_context
from manydb.tenants.row_moves import moving
from manydb.tenants.row_moves.moving import TABLE, Move
from manydb.tenants.row_moves.order import in_order, is_circle
from manydb.tenants.row_moves.stored_files import Files

NAMES = ("testclient", "acme")
# What this test does not move.
LEFT = ("notes.Balance", "notes.Receipt", "conferences.Registration")
WORDS = (
    "move_rows",
    "--column=notes.Folder.name",
    "--path=notes.Tag=notes__folder",
    *(f"--leave={label}" for label in LEFT),
)


class RowMoves(TransactionTestCase):
    """``default`` holds folders, notes and tags of two tenants, as before the project had tenants."""

    databases = {"default", "TESTCLIENT", "ACME"}

    def setUp(self) -> None:
        self.default = connections["default"]
        with self.default.schema_editor() as editor:
            for model in (Folder, Tag, Note):
                editor.create_model(model)
        self.addCleanup(self.drop)
        self.sql("INSERT INTO notes_folder (id, name) VALUES (1, 'testclient'), (2, 'acme')")
        self.sql("INSERT INTO notes_tag (id, name) VALUES (1, 'red'), (2, 'green')")
        for key in range(1, 8):
            self.sql(f"INSERT INTO notes_note VALUES ({key}, 'Note {key}', {1 + key % 2})")
        self.sql("INSERT INTO notes_note VALUES (9, 'Without a folder', NULL)")
        self.sql("INSERT INTO notes_note_tags (id, note_id, tag_id) VALUES (1, 1, 1), (2, 2, 2)")

    def drop(self) -> None:
        with self.default.schema_editor() as editor:
            for model in (Note, Tag, Folder):
                editor.delete_model(model)
        for name in NAMES:
            with connections[name.upper()].cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")

    def sql(self, statement: str) -> Any:
        with self.default.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None

    def move(self, *more: str) -> str:
        out = StringIO()
        call_command(*WORDS, *more, stdout=out, stderr=StringIO())
        return out.getvalue()

    def refusal(self, *more: str) -> str:
        with self.assertRaises(CommandError) as caught:
            self.move(*more)
        return str(caught.exception)

    def there(self, name: str) -> tuple[list[str], list[str]]:
        with tenant_context(name):
            notes = Note.objects.order_by("pk")
            return [note.text for note in notes], [tag.name for tag in Tag.objects.all()]

    def test_each_tenant_gets_its_own_and_the_source_keeps_all(self) -> None:
        said = self.move("--yes")
        self.assertIn("notes.Note by folder__name: acme 4, testclient 3; 1 of no tenant", said)
        self.assertIn("acme: 7 rows, counted.", said)
        odd, even = [f"Note {key}" for key in (1, 3, 5, 7)], [f"Note {key}" for key in (2, 4, 6)]
        self.assertEqual(self.there("acme"), (odd, ["red"]))
        self.assertEqual(self.there("testclient"), (even, ["green"]))
        with tenant_context("acme"):
            self.assertEqual([tag.name for tag in Note.objects.get(pk=1).tags.all()], ["red"])
            self.assertGreater(Note.objects.create(text="New").pk, 7)  # the sequence goes on
        self.assertEqual(self.sql("SELECT COUNT(*) FROM notes_note")[0][0], 8)

    def test_a_killed_run_goes_on_with_the_next_row(self) -> None:
        insert, batches = Move._insert, []

        def killed(move: Move, model: Any, *args: Any) -> None:
            batches.append(model)
            if batches.count(Note) == 2:
                raise KeyboardInterrupt
            insert(move, model, *args)

        with (
            patch.object(moving, "_BATCH", 2),
            patch.object(Move, "_insert", killed),
            self.assertRaisesRegex(CommandError, "Stopped"),
        ):
            self.move("--yes")
        self.assertEqual(len(self.there("acme")[0]), 2)
        with patch.object(moving, "_BATCH", 2):
            self.move("--yes")
        self.assertEqual(len(self.there("acme")[0]), 4)
        self.assertIn("counted", self.move("--yes"))  # once more changes nothing

    def test_rows_are_removed_where_they_were_once_all_are_counted(self) -> None:
        said = self.move("--yes", "--delete")
        self.assertIn("acme: 7 rows removed from default.", said)
        self.assertEqual(self.sql("SELECT text FROM notes_note")[0][0], "Without a folder")
        self.assertEqual(self.sql("SELECT COUNT(*) FROM notes_folder")[0][0], 0)
        self.assertEqual(len(self.there("acme")[0]), 4)
        self.assertNotIn(TABLE, connections["ACME"].introspection.table_names())

    def test_rows_written_meanwhile_are_noticed_and_nothing_is_removed(self) -> None:
        self.move("--yes")
        self.sql("INSERT INTO notes_note VALUES (10, 'Late', 2)")
        self.assertRegex(
            self.refusal("--yes", "--delete"), "5 rows where they were, 4 copied, 4 there"
        )
        self.assertEqual(self.sql("SELECT COUNT(*) FROM notes_note")[0][0], 9)

    def test_the_plan_changes_nothing(self) -> None:
        self.assertIn("There is no terminal to ask on", self.refusal())
        self.assertEqual(self.there("acme"), ([], []))

    def test_what_all_tenants_use_is_copied_into_each(self) -> None:
        words = [word for word in WORDS if "notes.Tag" not in word]
        out = StringIO()
        with tenant_context("acme"):
            Tag.objects.create(pk=1, name="made by a migration")
        call_command(*words, "--everywhere=notes.Tag", "--yes", stdout=out, stderr=StringIO())
        for name in NAMES:
            self.assertEqual(self.there(name)[1], ["red", "green"])

    def test_one_tenant_alone_and_names_for_values(self) -> None:
        self.move("--yes", "--only=acme")
        self.assertEqual(self.there("testclient")[0], [])
        self.assertRegex(self.refusal("--only=nobody"), "No row has the tenant 'nobody'")
        self.sql("UPDATE notes_folder SET name = 'Acme Ltd.' WHERE id = 2")
        self.assertRegex(
            self.refusal(), r"no tenant can have: acme ltd\.\. Give --tenant VALUE=NAME"
        )
        self.assertIn("acme: 7 rows", self.move("--yes", "--tenant=Acme Ltd.=acme", "--only=acme"))

    def test_what_can_not_be_moved_is_refused_before_anything_is(self) -> None:
        with self.subTest("a row of another tenant's"):
            self.sql("INSERT INTO notes_note_tags (id, note_id, tag_id) VALUES (3, 4, 2)")
            self.sql("INSERT INTO notes_tag (id, name) VALUES (5, 'loose')")
            leave = [word for word in WORDS if "Tag" not in word]
            with self.assertRaisesRegex(
                CommandError, "No foreign key leads from these to notes.Folder: "
            ):
                call_command(*leave, stdout=StringIO())
        with self.subTest("a table with rows"), tenant_context("acme"):
            Folder.objects.create(name="There before")
        self.assertRegex(self.refusal("--yes"), "notes.Folder of 'acme' has 1 rows already")
        with self.subTest("unknown names"):
            self.assertRegex(
                self.refusal("--path=notes.Note=nowhere__name"), "has no field 'nowhere'"
            )
            self.assertRegex(self.refusal("--from=nowhere"), "There is no alias 'nowhere'")
            self.assertRegex(
                self.refusal("--leave=notes.Nothing"), "There is no model 'notes.Nothing'"
            )

    def test_a_row_that_points_outside_is_named(self) -> None:
        words = [word.replace("notes__folder", "notes__folder__name") for word in WORDS]
        self.sql("UPDATE notes_note SET folder_id = 1 WHERE id = 1")
        self.sql("INSERT INTO notes_note_tags (id, note_id, tag_id) VALUES (7, 3, 1)")
        self.sql("DELETE FROM notes_note_tags WHERE id = 1")
        call_command(*words, "--yes", stdout=StringIO(), stderr=StringIO())
        self.assertEqual(self.there("acme")[1], ["red"])

    def test_an_error_of_a_database_says_that_the_rows_are_as_they_were(self) -> None:
        with patch.object(Move, "_insert", side_effect=DatabaseError("no more space")):
            said = self.refusal("--yes")
        self.assertIn("no more space. Nothing was changed where the rows are.", said)

    def test_files_are_copied_into_the_tenants_folder(self) -> None:
        class Document(TenantModel):
            scan = models.FileField()

            class Meta:
                app_label = "notes"
                managed = False

        self.enterContext(override_settings(STORAGES=new_storages()))
        default_storage.inner.save("scan.txt", ContentFile(b"Hello"))
        fields = [Document._meta.get_field("scan")]
        with tenant_context("acme"):
            files = Files("acme")
            files.copy(Document, fields, [("scan.txt",), ("",), ("gone.txt",), ("scan.txt",)])
            self.assertEqual(default_storage.open("scan.txt").read(), b"Hello")
        self.assertEqual(files.said(), "acme: 1 files copied, 1 missing, such as gone.txt")
        with tenant_context("testclient"):
            self.assertFalse(default_storage.exists("scan.txt"))


class Order(SimpleTestCase):
    @isolate_apps("engine.site.notes")
    def test_what_is_pointed_at_comes_first_and_circles_are_one_group(self) -> None:
        class Meta:
            app_label = "notes"

        def model(name: str, **keys: str) -> type[models.Model]:
            fields = {
                key: models.ForeignKey(to, models.CASCADE, related_name="+")
                for key, to in keys.items()
            }
            made: Any = type(
                name, (models.Model,), {"__module__": __name__, "Meta": Meta, **fields}
            )
            return made  # type: ignore[no-any-return]

        line = model("Line", order="Order", item="Item")
        order = model("Order", customer="Customer", last="Line")
        item = model("Item", parent="self")
        customer = model("Customer")
        groups = list(in_order([line, order, item, customer]))
        names = [sorted(each.__name__ for each in group) for group in groups]
        self.assertEqual(names, [["Item"], ["Customer"], ["Line", "Order"]])
        self.assertEqual([is_circle(group) for group in groups], [True, False, True])
