"""Replicas in tests need no naming, see what is not committed, and take no writes."""

from collections.abc import Callable

from django.db import connections, transaction
from django.test import TestCase

from engine.site.notes.models import Folder, Note, Tag
from manydb.core.exceptions import ReadOnlyDatabase
from manydb.testing import aliases_used


class Replicas(TestCase):
    """A replica of tests is its primary, seen through an alias that refuses to write."""

    databases = {"TESTCLIENT"}

    def setUp(self) -> None:
        self.note = Note.objects.using("TESTCLIENT").create(text="Not committed")

    def test_they_need_no_naming_and_see_what_is_not_committed(self) -> None:
        self.assertEqual(Note.objects.using("TESTCLIENT_RO").get(), self.note)

    def test_an_object_read_from_a_replica_is_saved_on_its_primary(self) -> None:
        note = Note.objects.using("TESTCLIENT_RO").get()
        note.text = "Changed"
        with aliases_used() as aliases:
            note.save()
        self.assertEqual(set(aliases), {"TESTCLIENT"})
        self.assertEqual(note._state.db, "TESTCLIENT")
        self.note.refresh_from_db(using="TESTCLIENT")
        self.assertEqual(self.note.text, "Changed")

    def test_an_object_read_from_a_replica_is_deleted_on_its_primary(self) -> None:
        with aliases_used() as aliases:
            Note.objects.using("TESTCLIENT_RO").get().delete()
        self.assertEqual(aliases[0], "TESTCLIENT_RO")
        self.assertEqual(set(aliases[1:]), {"TESTCLIENT"})
        self.assertFalse(Note.objects.using("TESTCLIENT").exists())

    def test_its_relations_are_written_on_its_primary(self) -> None:
        note = Note.objects.using("TESTCLIENT_RO").get()
        note.tags.add(Tag.objects.using("TESTCLIENT").create(name="urgent"))
        self.assertEqual(self.note.tags.get().name, "urgent")

    def test_an_object_of_a_replica_and_one_of_its_primary_may_be_related(self) -> None:
        Folder.objects.using("TESTCLIENT").create(name="Inbox")
        self.note.folder = Folder.objects.using("TESTCLIENT_RO").get()
        self.note.save()
        self.assertEqual(Note.objects.using("TESTCLIENT").get().folder.name, "Inbox")


class WritesToReplicas(TestCase):
    """They are refused before the server sees them, whichever way they come."""

    databases = {"TESTCLIENT"}

    def setUp(self) -> None:
        Note.objects.using("TESTCLIENT").create(text="As it was")

    def assert_refused(self, write: Callable[[], object]) -> None:
        # An error in a transaction leaves it unusable: this one is the write's own.
        with (
            self.assertRaisesRegex(ReadOnlyDatabase, r'use \.using\("TESTCLIENT"\)'),
            transaction.atomic(using="TESTCLIENT"),
        ):
            write()
        self.assertEqual(Note.objects.using("TESTCLIENT").get().text, "As it was")

    def test_through_the_orm(self) -> None:
        replica = Note.objects.using("TESTCLIENT_RO")
        note = replica.get()
        writes = {
            "create": lambda: replica.create(text="New"),
            "save": lambda: note.save(using="TESTCLIENT_RO"),
            "delete": lambda: note.delete(using="TESTCLIENT_RO"),
            "update": lambda: replica.update(text="New"),
            "delete of a queryset": lambda: replica.all().delete(),
            "bulk_create": lambda: replica.bulk_create([Note(text="New")]),
            "bulk_update": lambda: replica.bulk_update([Note(pk=note.pk, text="New")], ["text"]),
            "get_or_create": lambda: replica.get_or_create(text="New"),
        }
        for name, write in writes.items():
            with self.subTest(name):
                self.assert_refused(write)

    def test_through_what_passes_execute_by(self) -> None:
        for way in ("callproc", "copy", "stream", "executescript"):
            with (
                self.subTest(way),
                connections["TESTCLIENT_RO"].cursor() as cursor,
                self.assertRaises(ReadOnlyDatabase),
            ):
                getattr(cursor, way)("DELETE FROM notes_note")

    def test_through_a_cursor(self) -> None:
        statements = [
            "INSERT INTO notes_note (text) VALUES ('New')",
            "  update notes_note set text = 'New'",
            "/* tidy up */ DELETE FROM notes_note",
            "WITH gone AS (DELETE FROM notes_note RETURNING id) SELECT * FROM gone",
            "SELECT id FROM notes_note FOR UPDATE",
            "SELECT id FROM notes_note LOCK IN SHARE MODE",
            "SELECT 1; DELETE FROM notes_note",
            "DROP TABLE notes_note",
        ]
        for statement in statements:
            with self.subTest(statement):
                self.assert_refused(lambda sql=statement: self.execute(sql))

    def execute(self, statement: str) -> None:
        with connections["TESTCLIENT_RO"].cursor() as cursor:
            cursor.execute(statement)

    def test_a_text_that_looks_like_a_write_is_still_only_read(self) -> None:
        with connections["TESTCLIENT_RO"].cursor() as cursor:
            cursor.execute("SELECT text FROM notes_note WHERE text <> 'DELETE FROM notes_note'")
            self.assertEqual(cursor.fetchone(), ("As it was",))
