"""Reads go to the replica, and whatever writes or locks goes to the primary."""

from unittest.mock import patch

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import SimpleTestCase, TransactionTestCase

from manydb.replicas import health, must_read_primary
from manydb.replicas.open_transactions import opened, watch_transactions
from manydb.replicas.reads import Reads, reading
from manydb.testing import aliases_used

from .case import ReadingCase, RoutedCase


class ReadsAndWrites(ReadingCase):
    def test_a_read_goes_to_the_replica(self) -> None:
        with aliases_used() as aliases:
            list(self.model.objects.all())
            self.model.objects.count()
            self.model.objects.filter(text="any").exists()
        self.assertEqual(aliases, [self.replica] * 3)

    def test_a_write_goes_to_the_primary(self) -> None:
        with aliases_used() as aliases:
            written = self.model.objects.create(text="one")
            written.save()
            self.model.objects.filter(text="one").update(text="two")
            self.model.objects.bulk_create([self.model(text="three")])
            self.model.objects.all().delete()
        self.assertEqual(set(aliases), {self.primary})

    def test_an_object_stays_on_the_side_where_it_was_read(self) -> None:
        self.model.objects.create(text="one")
        for alias in (self.primary, self.replica):
            found = self.model.objects.using(alias).get()
            with self.subTest(alias), reading(Reads()), aliases_used() as aliases:
                found.refresh_from_db()
            self.assertEqual(aliases, [alias])

    def test_what_may_write_reads_the_primary(self) -> None:
        self.model.objects.create(text="one")
        calls = {
            "get_or_create": lambda: self.model.objects.get_or_create(text="one"),
            "update_or_create": lambda: self.model.objects.update_or_create(text="one"),
            "select_for_update": lambda: self.lock(),
        }
        for name, call in calls.items():
            with self.subTest(name), aliases_used() as aliases:
                call()
            self.assertEqual(set(aliases), {self.primary})

    def lock(self) -> None:
        with transaction.atomic(using=self.primary):
            self.model.objects.select_for_update().get(text="one")

    def test_locking_is_for_the_primary_before_any_transaction_is_open(self) -> None:
        self.assertEqual(self.model.objects.select_for_update().db, self.primary)

    def test_a_model_may_keep_to_its_primary(self) -> None:
        with aliases_used() as aliases:
            list(self.model_of_the_primary.objects.all())
        self.assertEqual(aliases, [self.primary])

    def test_one_that_is_the_primary_itself_is_not_asked_how_it_is(self) -> None:
        with patch.dict(health.servers, clear=True), reading(Reads()):
            self.assertEqual(self.model.objects.all().db, self.replica)
            self.assertEqual(health.servers, {})

    def test_without_a_replica_the_primary_is_read(self) -> None:
        settings = connections.settings[self.primary]
        self.addCleanup(settings.update, REPLICAS=settings["REPLICAS"])
        settings["REPLICAS"] = []
        with reading(Reads()):  # as a request that has chosen nothing yet
            self.assertEqual(self.model.objects.all().db, self.primary)


class InsideATransaction(ReadingCase):
    """The transaction that ``TestCase`` opens around every test does not count."""

    def test_reads_go_to_the_primary(self) -> None:
        with transaction.atomic(using=self.primary):
            self.assertEqual(self.model.objects.all().db, self.primary)
            with transaction.atomic(using=self.primary):
                self.assertEqual(self.model.objects.all().db, self.primary)
            self.assertEqual(self.model.objects.all().db, self.primary)
        self.assertEqual(self.model.objects.all().db, self.replica)

    def test_also_when_it_ends_in_an_error(self) -> None:
        with self.assertRaises(ZeroDivisionError), transaction.atomic(using=self.primary):
            self.assertEqual(self.model.objects.all().db, self.primary)
            raise ZeroDivisionError
        self.assertEqual(self.model.objects.all().db, self.replica)


class Watched(SimpleTestCase):
    """What connections tell of transactions, so that routers need not look at all of them."""

    def connection(self) -> BaseDatabaseWrapper:
        """One that is not open, and without autocommit."""
        like = connections["default"]
        return type(like)(like.settings_dict, "any")

    def test_one_is_watched_once_however_often_it_is_opened(self) -> None:
        connection = self.connection()
        watch_transactions(connection)
        watched = connection.set_autocommit
        watch_transactions(connection)
        self.assertIs(connection.set_autocommit, watched)

    def test_one_that_opens_without_autocommit_is_in_a_transaction(self) -> None:
        self.addCleanup(opened.aliases.discard, "any")
        watch_transactions(self.connection())
        self.assertIn("any", opened.aliases)


class InsideARealTransaction(TransactionTestCase):
    """The same without any transaction of ``TestCase``, which ``must_read_primary`` has to leave out."""

    databases = RoutedCase.databases
    primary = RoutedCase.primary

    def setUp(self) -> None:
        self.enterContext(reading(Reads()))

    def test_only_the_database_of_the_transaction_is_read_from_its_primary(self) -> None:
        self.assertFalse(must_read_primary(self.primary))
        with transaction.atomic(using=self.primary):
            self.assertTrue(must_read_primary(self.primary))
            for other in self.databases - {self.primary}:
                self.assertFalse(must_read_primary(other))
        self.assertFalse(must_read_primary(self.primary))

    def test_one_whose_connection_was_lost_is_over(self) -> None:
        opened.aliases.add(self.primary)
        self.assertFalse(must_read_primary(self.primary))
