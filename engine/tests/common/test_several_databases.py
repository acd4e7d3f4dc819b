"""What a test on several databases can rely on. Copy from here, and from the two files named below.

``test_replica_aliases.py`` has what holds for replicas, ``test_fixtures.py`` loads data.
"""

from concurrent.futures import ThreadPoolExecutor
from unittest import TestResult, TestSuite

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connections, transaction
from django.test import SimpleTestCase, TestCase, TransactionTestCase
from django.test.testcases import DatabaseOperationForbidden

from engine.site.news.models import Announcement
from engine.site.notes.models import Folder, Note, Tag
from engine.tests.names import OTHER_ALIAS


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

    def test_not_even_if_both_are_named(self) -> None:
        folder = Folder.objects.using(OTHER_ALIAS).create(name="Theirs")
        with self.assertRaisesRegex(ValueError, "save both in one database"):
            Note.objects.using("TESTCLIENT").create(text="Ours", folder=folder)
        self.assertFalse(Note.objects.using("TESTCLIENT").exists())


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


class NoTables(TransactionTestCase):
    """At its end a ``TransactionTestCase`` flushes its databases: also one without a table of the apps that it needs."""

    databases = {"default", "TESTCLIENT"}
    available_apps: list[str] = ["django.contrib.contenttypes"]

    def test_it_ends_as_in_plain_django(self) -> None:
        self.assertFalse(apps.is_installed("engine.site.notes"))


class Nested(TestCase):
    """Tests of tools for tests run a test class inside of another one."""

    def test_a_class_inside_of_another_one_leaves_it_what_it_may_use(self) -> None:
        class Inner(SimpleTestCase):
            def test_nothing(self) -> None:
                pass

        for _ in range(2):
            result = TestResult()
            TestSuite([Inner("test_nothing")]).run(result)
            self.assertEqual((result.testsRun, result.errors), (1, []))
        replica = connections["TESTCLIENT_RO"]
        with self.assertRaises(DatabaseOperationForbidden):
            replica.cursor()
