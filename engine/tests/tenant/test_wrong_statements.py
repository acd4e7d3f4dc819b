"""While one tenant is active, no statement reaches another one's database."""

from django.db import connections, transaction

from engine.site.notes.models import Note
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.core.exceptions import WrongTenant
from manydb.tenants.context import tenant_context

from .two_tenants import WrongTenantCase


class StatementsForAnotherTenant(WrongTenantCase):
    def test_a_raw_cursor_is_refused(self) -> None:
        for alias in (OTHER_ALIAS, f"{OTHER_ALIAS}_RO"):
            with (
                self.subTest(alias),
                tenant_context("testclient"),
                connections[alias].cursor() as cursor,
                self.assertRaisesRegex(WrongTenant, OTHER_TENANT),
            ):
                cursor.execute("SELECT text FROM notes_note")

    def test_so_is_what_passes_execute_by(self) -> None:
        for way in ("callproc", "copy", "stream", "executescript"):
            with (
                self.subTest(way),
                tenant_context("testclient"),
                connections[OTHER_ALIAS].cursor() as cursor,
                self.assertRaises(WrongTenant),
            ):
                getattr(cursor, way)("SELECT text FROM notes_note")

    def test_a_write_in_a_transaction_on_the_other_database_is_refused(self) -> None:
        with self.assertRaises(WrongTenant), transaction.atomic(using=OTHER_ALIAS):
            Note.objects.using(OTHER_ALIAS).update(text="Changed")
            with tenant_context("testclient"):
                Note.objects.using(OTHER_ALIAS).update(text="Changed twice")
        self.assertEqual(Note.objects.using(OTHER_ALIAS).get().text, "Theirs")

    def test_a_transaction_ends_whichever_tenant_is_active(self) -> None:
        for error in (None, ZeroDivisionError()):
            block = transaction.atomic(using=OTHER_ALIAS)
            block.__enter__()
            with self.subTest(error=error), tenant_context("testclient"):
                block.__exit__(type(error) if error else None, error, None)
            self.assertTrue(Note.objects.using(OTHER_ALIAS).exists())

    def test_without_any_tenant_every_database_may_be_named(self) -> None:
        self.assertEqual(Note.objects.using(OTHER_ALIAS).get().text, "Theirs")
        self.assertEqual(Note.objects.using("TESTCLIENT").get().text, "Ours")
