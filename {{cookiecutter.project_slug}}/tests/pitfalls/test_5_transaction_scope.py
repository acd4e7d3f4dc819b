"""Pitfall 5, transactions on several databases: each has its own, so each ``atomic()`` names its database."""

from django.db import transaction
from django.test import TestCase
from django.test.utils import ignore_warnings

from ..models import Announcement, Note


class Broken(Exception):
    pass


class TransactionScope(TestCase):
    databases = {"default", "TESTCLIENT"}

    @ignore_warnings(message="TESTCLIENT is written to inside atomic")
    def test_atomic_without_a_name_is_for_default_only(self) -> None:
        with self.assertRaises(Broken), transaction.atomic():
            self.write_to_both()
            raise Broken
        self.assertEqual(self.kept(), {"TESTCLIENT"})

    def test_one_block_for_each_database_rolls_back_both(self) -> None:
        with (
            self.assertRaises(Broken),
            transaction.atomic(using="default"),
            transaction.atomic(using="TESTCLIENT"),
        ):
            self.write_to_both()
            raise Broken
        self.assertEqual(self.kept(), set())

    def test_on_commit_waits_for_the_database_that_it_names(self) -> None:
        done = []
        with self.captureOnCommitCallbacks(using="default", execute=True):
            transaction.on_commit(lambda: done.append("TESTCLIENT"), using="TESTCLIENT")
            transaction.on_commit(lambda: done.append("default"))
        self.assertEqual(done, ["default"])

    def write_to_both(self) -> None:
        Announcement.objects.create(text="To all")
        Note.objects.using("TESTCLIENT").create(text="Ours")

    def kept(self) -> set[str]:
        querysets = (Announcement.objects.using("default"), Note.objects.using("TESTCLIENT"))
        return {queryset.db for queryset in querysets if queryset.exists()}
