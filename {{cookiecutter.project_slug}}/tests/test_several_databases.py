"""What a test on several databases can rely on. Copy from here."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.contrib.auth import get_user_model
from django.db import connections, transaction
from django.test import TestCase, TransactionTestCase
from django.test.testcases import DatabaseOperationForbidden

from {{ cookiecutter.project_slug }}.databases.exceptions import ReadOnlyDatabase
from {{ cookiecutter.project_slug }}.databases.testing import aliases_used, load_fixture

from .models import Announcement, Folder, Note, OldNote, Tag
from .names import OTHER_ALIAS


class SeveralDatabases(TestCase):
    """``TestCase`` opens a transaction on every database named here, and rolls each back."""

    databases = {"default", "TESTCLIENT", OTHER_ALIAS}

    def write_everywhere(self) -> None:
        Announcement.objects.create(text="To all")
        Note.objects.using("TESTCLIENT").create(text="Here")
        Note.objects.using(OTHER_ALIAS).create(text="There")

    def assert_nothing_is_there(self) -> None:
        self.assertEqual(Announcement.objects.using("default").count(), 0)
        self.assertEqual(Note.objects.using("TESTCLIENT").count(), 0)
        self.assertEqual(Note.objects.using(OTHER_ALIAS).count(), 0)

    def test_what_one_test_writes(self) -> None:
        self.assert_nothing_is_there()
        self.write_everywhere()

    def test_the_next_one_does_not_see(self) -> None:
        self.assert_nothing_is_there()
        self.write_everywhere()

    def test_each_database_has_its_own_rows(self) -> None:
        Note.objects.using("TESTCLIENT").create(text="Here")
        self.assertFalse(Note.objects.using(OTHER_ALIAS).exists())

    def test_objects_of_two_databases_are_not_related(self) -> None:
        folder = Folder.objects.using(OTHER_ALIAS).create(name="Theirs")
        tag = Tag.objects.using(OTHER_ALIAS).create(name="Theirs")
        note = Note.objects.using("TESTCLIENT").create(text="Ours")
        with self.assertRaisesRegex(ValueError, "the current database router prevents"):
            note.folder = folder
        with self.assertRaisesRegex(ValueError, OTHER_ALIAS):
            note.tags.add(tag)


class TestDataOfTheClass(TestCase):
    """``setUpTestData`` runs once for all tests of a class, in every database."""

    databases = {"TESTCLIENT", OTHER_ALIAS}

    @classmethod
    def setUpTestData(cls) -> None:
        for alias in sorted(cls.databases):
            Note.objects.using(alias).create(text=alias)

    def test_is_in_every_database_for_the_first_test(self) -> None:
        self.change_it()

    def test_is_as_it_was_for_the_second(self) -> None:
        self.change_it()

    def change_it(self) -> None:
        for alias in sorted(self.databases):
            note = Note.objects.using(alias).get()
            self.assertEqual(note.text, alias)
            note.text = "changed"
            note.save()


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

    def assert_refused(self, write: object) -> None:
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

    def test_through_a_cursor(self) -> None:
        statements = [
            "INSERT INTO tests_note (text) VALUES ('New')",
            "  update tests_note set text = 'New'",
            "/* tidy up */ DELETE FROM tests_note",
            "WITH gone AS (DELETE FROM tests_note RETURNING id) SELECT * FROM gone",
            "SELECT id FROM tests_note FOR UPDATE",
            "SELECT id FROM tests_note LOCK IN SHARE MODE",
            "SELECT 1; DELETE FROM tests_note",
            "DROP TABLE tests_note",
        ]
        for statement in statements:
            with self.subTest(statement):
                self.assert_refused(lambda sql=statement: self.execute(sql))

    def execute(self, statement: str) -> None:
        with connections["TESTCLIENT_RO"].cursor() as cursor:
            cursor.execute(statement)

    def test_a_text_that_looks_like_a_write_is_still_only_read(self) -> None:
        with connections["TESTCLIENT_RO"].cursor() as cursor:
            cursor.execute("SELECT text FROM tests_note WHERE text <> 'DELETE FROM tests_note'")
            self.assertEqual(cursor.fetchone(), ("As it was",))


class Undeclared(TestCase):
    """A test says which databases it uses; nothing else is created, nor can be reached by mistake."""

    databases = {"default"}

    def test_a_database_that_is_not_named_is_out_of_reach(self) -> None:
        with self.assertRaisesRegex(DatabaseOperationForbidden, "Add 'TESTCLIENT'"):
            Note.objects.using("TESTCLIENT").exists()

    def test_so_is_its_replica(self) -> None:
        with self.assertRaisesRegex(DatabaseOperationForbidden, "Add 'TESTCLIENT'"):
            Note.objects.using("TESTCLIENT_RO").exists()


class WrittenBySomebodyElse(TestCase):
    """As in a package that knows of one database only, whatever this project's router does."""

    def test_users_are_found(self) -> None:
        user = get_user_model().objects.create_user("ada")
        self.assertEqual(get_user_model().objects.get(username="ada"), user)
        self.assertTrue(get_user_model().objects.using("default_RO").exists())


class Everything(TestCase):
    """``"__all__"`` names the replicas, too. It creates every database, so few tests should ask for it."""

    databases = "__all__"

    def test_every_alias_answers(self) -> None:
        for alias in connections:
            with self.subTest(alias), connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1")
                self.assertEqual(cursor.fetchone(), (1,))


class Committed(TransactionTestCase):
    """For what only a real COMMIT shows: slower, and only managed tables are emptied afterwards."""

    databases = {"TESTCLIENT"}

    def test_a_commit_on_the_primary_is_seen_on_the_replica(self) -> None:
        self.assertFalse(Note.objects.using("TESTCLIENT_RO").exists())
        committed = []
        with transaction.atomic(using="TESTCLIENT"):
            Note.objects.using("TESTCLIENT").create(text="Kept")
            transaction.on_commit(lambda: committed.append(True), using="TESTCLIENT")
            self.assertEqual(committed, [])
        self.assertEqual(committed, [True])
        self.assertEqual(Note.objects.using("TESTCLIENT_RO").get().text, "Kept")

    def test_and_is_gone_for_the_next_test(self) -> None:
        self.assertFalse(Note.objects.using("TESTCLIENT").exists())
        Note.objects.using("TESTCLIENT").create(text="Kept")

    def test_threads_see_it_too_as_a_live_servers_do(self) -> None:
        Note.objects.using("TESTCLIENT").create(text="Kept")
        with ThreadPoolExecutor(1) as thread:
            self.assertEqual(thread.submit(self.read_and_hang_up).result(), "Kept")

    def read_and_hang_up(self) -> str:
        try:
            return Note.objects.using("TESTCLIENT_RO").get().text
        finally:
            connections.close_all()


class Fixtures(TestCase):
    """``load_fixture`` loads into one database, of unmanaged models as well."""

    databases = {"TESTCLIENT", OTHER_ALIAS}

    @classmethod
    def setUpTestData(cls) -> None:
        path = Path(__file__).parent / "fixtures" / "notes.json"
        cls.loaded = load_fixture(path, using="TESTCLIENT")

    def test_every_object_is_in_the_named_database(self) -> None:
        self.assertEqual(self.loaded, 3)
        self.assertEqual(Note.objects.using("TESTCLIENT").get().tags.get().name, "urgent")
        self.assertEqual(OldNote.objects.using("TESTCLIENT").get().text, "Buy plants")

    def test_and_in_no_other(self) -> None:
        self.assertFalse(Note.objects.using(OTHER_ALIAS).exists())
        self.assertFalse(OldNote.objects.using(OTHER_ALIAS).exists())
