"""One write to two databases, which no transaction spans: what is kept when something breaks."""

from collections.abc import Callable
from typing import Any

from django.db import Error, IntegrityError, connections, transaction
from django.db.models.signals import post_save

from {{ cookiecutter.project_slug }}.accounts.models import Account
from {{ cookiecutter.project_slug }}.conferences.models import Conference
from {{ cookiecutter.project_slug }}.conferences.services import host_conference

from .cases import CommittingTestCase, LegacyTestCase
from .tenant import DB


def default_conference() -> str | None:
    return Account.objects.using("accounts").get(acronym="ESHT").defaultconf


def is_kept(code: str) -> bool:
    return Conference.objects.using(DB).filter(code=code).exists()


class BeforeTheFirstCommit(LegacyTestCase):
    """``TestCase`` is enough: nothing has to be committed to be rolled back."""

    def setUp(self) -> None:
        self.account = Account.objects.create(acronym="ESHT", defaultconf="OLD")

    def test_both_databases_are_written(self) -> None:
        conference = host_conference(self.account, "NEW", using=DB, name="Waters")
        self.assertEqual((conference.sponsor, conference._state.db), ("ESHT", DB))
        self.assertEqual((is_kept("NEW"), default_conference()), (True, "NEW"))

    def test_an_error_in_the_tenants_database_changes_neither(self) -> None:
        Conference.objects.using(DB).create(code="TAKEN", name="Another one")
        with self.assertRaises(IntegrityError):
            host_conference(self.account, "TAKEN", using=DB)
        self.assertEqual(default_conference(), "OLD")

    def test_an_error_in_accounts_changes_neither(self) -> None:
        Account.objects.filter(acronym="ESHT").delete()
        with self.assertRaises(Account.DoesNotExist):
            host_conference(self.account, "NEW", using=DB)
        self.assertFalse(is_kept("NEW"))


class BetweenTheCommits(CommittingTestCase):
    """``TestCase`` has no COMMIT that could fail."""

    def setUp(self) -> None:
        super().setUp()
        self.account = Account.objects.create(acronym="ESHT", defaultconf="OLD")

    def after_commit(self, using: str, do: Callable[[], Any]) -> None:
        """Does something as soon as the conference's transaction on this database is committed."""

        def saved(**kwargs: Any) -> None:
            transaction.on_commit(do, using=using)

        post_save.connect(saved, sender=Conference, weak=False)
        self.addCleanup(post_save.disconnect, saved, sender=Conference)

    def test_a_second_commit_that_fails_takes_the_first_one_back(self) -> None:
        self.after_commit(DB, lambda: break_commit("accounts"))
        with self.assertRaises(Error):
            host_conference(self.account, "NEW", using=DB)
        self.assertEqual((is_kept("NEW"), default_conference()), (False, "OLD"))

    def test_an_error_after_the_first_commit_takes_it_back(self) -> None:
        self.after_commit(DB, fail)
        with self.assertRaises(ZeroDivisionError):
            host_conference(self.account, "NEW", using=DB)
        self.assertEqual((is_kept("NEW"), default_conference()), (False, "OLD"))

    def test_an_error_after_both_commits_leaves_both(self) -> None:
        self.after_commit("accounts", fail)
        with self.assertRaises(ZeroDivisionError):
            host_conference(self.account, "NEW", using=DB)
        self.assertEqual((is_kept("NEW"), default_conference()), (True, "NEW"))

    def test_it_refuses_to_run_inside_a_transaction_that_could_undo_its_commit(self) -> None:
        with self.assertRaises(RuntimeError), transaction.atomic(using="accounts"):
            host_conference(self.account, "NEW", using=DB)
        self.assertFalse(is_kept("NEW"))


def fail() -> None:
    raise ZeroDivisionError


def break_commit(alias: str) -> None:
    """Makes the COMMIT of the open transaction fail on the real engine."""
    connection = connections[alias]
    if connection.vendor != "sqlite":
        connection.connection.close()  # as when the server went away
        return
    # In memory the database would go with its connection; but here DDL is part of a transaction.
    with connection.cursor() as cursor:
        cursor.execute(
            'CREATE TABLE orphans ("ACRONYM" varchar(20) REFERENCES accounts ("ACRONYM") '
            "DEFERRABLE INITIALLY DEFERRED)"
        )
        cursor.execute("INSERT INTO orphans VALUES ('NOBODY')")
