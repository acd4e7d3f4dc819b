"""What a failure would not roll back is found: by ``check`` in the source, by tests when it happens."""

import warnings

from django.db import transaction
from django.test import SimpleTestCase, TestCase

from engine.site.news.models import Announcement
from engine.site.notes.models import Note
from manydb.tenants.context import tenant_atomic, tenant_context
from manydb.tenants.transaction_checks import check_transactions
from manydb.tenants.transaction_warnings import TransactionElsewhere

from .sources import found_in


class InTheSource(SimpleTestCase):
    def found(self, source: str) -> list[str]:
        return found_in(source, check_transactions)

    def test_a_transaction_on_default_around_tenants_rows_is_found(self) -> None:
        for opening in ("transaction.atomic()", "atomic()", 'atomic(using="default")'):
            with self.subTest(opening):
                found = self.found(f"""
                    from engine.site.notes.models import Note
                    with {opening}:
                        Note.objects.create()
                """)
                self.assertEqual(found, ["manydb.W201:3"])

    def test_so_is_a_decorator(self) -> None:
        found = self.found("""
            @transaction.atomic
            async def register(models):
                models.Note.objects.create()
        """)
        self.assertEqual(found, ["manydb.W201:3"])

    def test_and_a_cursor_of_default_on_their_tables(self) -> None:
        found = self.found("""
            def texts():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT text FROM notes_note")
        """)
        self.assertEqual(found, ["manydb.W202:3"])

    def test_what_is_in_order_is_not(self) -> None:
        for opening in ("tenant_atomic()", "atomic(), tenant_atomic()", "atomic(using=alias)"):
            with self.subTest(opening):
                self.assertEqual(self.found(f"with {opening}:\n    Note.objects.create()"), [])
        inner = "with atomic():\n    with tenant_atomic():\n        Note.objects.create()"
        self.assertEqual(self.found(inner), [])
        self.assertEqual(self.found("with atomic():\n    Announcement.objects.create()"), [])
        self.assertEqual(self.found("def a():\n    connection.cursor().execute('SELECT 1')"), [])

    def test_nothing_is_found_in_this_project(self) -> None:
        self.assertEqual(check_transactions(None), [])


class AsItHappens(TestCase):
    databases = {"default", "TESTCLIENT"}

    def test_a_write_that_only_default_would_roll_back_is_reported(self) -> None:
        with (
            tenant_context("testclient"),
            self.assertWarnsRegex(TransactionElsewhere, "TESTCLIENT .* tenant_atomic") as caught,
            transaction.atomic(),
        ):
            Note.objects.create(text="Ours")
        self.assertEqual(caught.filename, __file__)

    def test_what_is_in_order_is_not(self) -> None:
        with warnings.catch_warnings(), tenant_context("testclient"):
            warnings.simplefilter("error", TransactionElsewhere)
            with transaction.atomic(), tenant_atomic():
                Note.objects.create(text="Ours")
            with transaction.atomic():
                Announcement.objects.create(text="To all")
                self.assertTrue(Note.objects.exists())
            with transaction.atomic(savepoint=False):  # as Django's own do
                Note.objects.create(text="Ours")
            Note.objects.create(text="Ours")
