"""While one tenant is active, nothing reaches another one's database, whichever way it is tried."""

from collections.abc import Callable

from django.db import connections, transaction
from django.test import TestCase

from {{ cookiecutter.project_slug }}.databases.exceptions import WrongTenant
from {{ cookiecutter.project_slug }}.databases.testing import aliases_used
from {{ cookiecutter.project_slug }}.tenants.context import tenant_context

from ..models import Folder, Note, Tag
from ..names import OTHER_ALIAS, OTHER_TENANT


class WrongTenantCase(TestCase):
    databases = {"default", "TESTCLIENT", OTHER_ALIAS}

    @classmethod
    def setUpTestData(cls) -> None:
        with tenant_context(OTHER_TENANT):
            folder = Folder.objects.create(name="Theirs")
            cls.theirs = Note.objects.create(text="Theirs", folder=folder)
        with tenant_context("testclient"):
            cls.ours = Note.objects.create(text="Ours")

    def assert_refused(self, attempt: Callable[[], object]) -> None:
        """No statement reaches either tenant's database, and the error names both."""
        with (
            tenant_context("testclient"),
            aliases_used() as aliases,
            self.assertRaisesRegex(WrongTenant, f"{OTHER_TENANT!r}.*'testclient'"),
        ):
            attempt()
        self.assertEqual(aliases, [])


class ObjectsOfAnotherTenant(WrongTenantCase):
    def test_every_use_is_refused(self) -> None:
        tag = Tag(name="urgent")
        note = self.theirs
        attempts = {
            "save": note.save,
            "delete": note.delete,
            "refresh_from_db": note.refresh_from_db,
            "a deferred field": lambda: self.deferred.text,
            "a foreign key": lambda: self.unfetched.folder,
            "a many-to-many relation": lambda: list(note.tags.all()),
            "adding to it": lambda: note.tags.add(tag),
            "a reverse foreign key": lambda: note.folder.notes.count(),
        }
        with tenant_context(OTHER_TENANT):
            self.deferred = Note.objects.defer("text").get()
            self.unfetched = Note.objects.get()
        for name, attempt in attempts.items():
            with self.subTest(name):
                self.assert_refused(attempt)

    def test_a_write_never_lands_in_the_active_tenants_database(self) -> None:
        self.theirs.text = "Changed"
        self.assert_refused(self.theirs.save)
        self.assertEqual(Note.objects.using("TESTCLIENT").get().text, "Ours")
        self.assertEqual(Note.objects.using(OTHER_ALIAS).get().text, "Theirs")


class QuerysetsOfAnotherTenant(WrongTenantCase):
    def test_a_lazy_queryset_is_only_good_for_the_tenant_it_was_built_for(self) -> None:
        with tenant_context(OTHER_TENANT):
            queryset = Note.objects.filter(text="Theirs").order_by("text")
            self.assertTrue(queryset.exists())
        attempts = {
            "list": lambda: list(queryset),
            "exists": queryset.exists,
            "count": queryset.count,
            "get": queryset.get,
            "update": lambda: queryset.update(text="Ours"),
            "delete": queryset.order_by().delete,
            "a queryset made of it": lambda: list(queryset.exclude(pk=0)),
        }
        for name, attempt in attempts.items():
            with (
                self.subTest(name),
                tenant_context("testclient"),
                self.assertRaisesRegex(WrongTenant, f"built for {OTHER_TENANT!r}"),
            ):
                attempt()

    def test_it_works_again_for_its_tenant(self) -> None:
        with tenant_context(OTHER_TENANT):
            queryset = Note.objects.all()
        with tenant_context(OTHER_TENANT):
            self.assertEqual(list(queryset), [self.theirs])

    def test_naming_the_other_database_is_refused(self) -> None:
        for alias in (OTHER_ALIAS, f"{OTHER_ALIAS}_RO"):
            with (
                self.subTest(alias),
                tenant_context("testclient"),
                self.assertRaises(WrongTenant),
            ):
                Note.objects.using(alias).exists()


class StatementsForAnotherTenant(WrongTenantCase):
    def test_a_raw_cursor_is_refused(self) -> None:
        for alias in (OTHER_ALIAS, f"{OTHER_ALIAS}_RO"):
            with (
                self.subTest(alias),
                tenant_context("testclient"),
                connections[alias].cursor() as cursor,
                self.assertRaisesRegex(WrongTenant, OTHER_TENANT),
            ):
                cursor.execute("SELECT text FROM tests_note")

    def test_so_is_what_passes_execute_by(self) -> None:
        for way in ("callproc", "copy", "stream", "executescript"):
            with (
                self.subTest(way),
                tenant_context("testclient"),
                connections[OTHER_ALIAS].cursor() as cursor,
                self.assertRaises(WrongTenant),
            ):
                getattr(cursor, way)("SELECT text FROM tests_note")

    def test_a_write_in_a_transaction_on_the_other_database_is_refused(self) -> None:
        with self.assertRaises(WrongTenant), transaction.atomic(using=OTHER_ALIAS):
            Note.objects.using(OTHER_ALIAS).update(text="Changed")
            with tenant_context("testclient"):
                Note.objects.using(OTHER_ALIAS).update(text="Changed twice")
        self.assertEqual(Note.objects.using(OTHER_ALIAS).get().text, "Theirs")

    def test_without_any_tenant_every_database_may_be_named(self) -> None:
        self.assertEqual(Note.objects.using(OTHER_ALIAS).get().text, "Theirs")
        self.assertEqual(Note.objects.using("TESTCLIENT").get().text, "Ours")
