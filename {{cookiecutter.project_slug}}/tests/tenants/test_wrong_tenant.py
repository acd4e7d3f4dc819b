"""While one tenant is active, nothing reaches another one's database, whichever way it is tried."""

import copy
import pickle
from collections.abc import Callable

from django.db import connections, transaction
from django.db.models import (
    Case,
    Count,
    Exists,
    OuterRef,
    Q,
    Subquery,
    When,
    prefetch_related_objects,
)
from django.db.models.sql import Query
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
            cls.tag = cls.theirs.tags.create(name="Theirs")
        with tenant_context("testclient"):
            cls.ours = Note.objects.create(text="Ours")

    def assert_refused(self, attempt: Callable[[], object]) -> None:
        """No statement reaches either tenant's database, and the error names both."""
        with (
            tenant_context("testclient"),
            aliases_used() as aliases,
            self.assertRaises(WrongTenant) as refusal,
        ):
            attempt()
        self.assertIn("'testclient'", str(refusal.exception))
        self.assertIn(repr(OTHER_TENANT), str(refusal.exception))
        self.assertEqual(aliases, [])


class ObjectsOfAnotherTenant(WrongTenantCase):
    def setUp(self) -> None:
        with tenant_context(OTHER_TENANT):
            self.deferred = Note.objects.defer("text").get()
            self.unfetched = Note.objects.get()
            self.new = Note(text="Made for them")

    def test_every_use_is_refused(self) -> None:
        tag = Tag(name="urgent")
        note = self.theirs
        attempts = {
            "save": note.save,
            "save in our database": lambda: note.save(using="TESTCLIENT"),
            "save what was made for them": self.new.save,
            "save a copy": lambda: copy.copy(note).save(),
            "save what was pickled": lambda: pickle.loads(pickle.dumps(note)).save(),
            "delete": note.delete,
            "delete in our database": lambda: note.delete(using="TESTCLIENT"),
            "refresh_from_db": note.refresh_from_db,
            "refresh from our database": lambda: note.refresh_from_db(using="TESTCLIENT"),
            "validate": note.full_clean,
            "a deferred field": lambda: self.deferred.text,
            "a foreign key": lambda: self.unfetched.folder,
            "a many-to-many relation": lambda: list(note.tags.all()),
            "prefetch": lambda: prefetch_related_objects([note], "tags"),
            "adding to it": lambda: note.tags.add(tag),
            "a reverse foreign key": lambda: note.folder.notes.count(),
            "bulk_create": lambda: Note.objects.bulk_create([note]),
            "bulk_create what is new": lambda: Note.objects.bulk_create([self.new]),
            "bulk_update": lambda: Note.objects.bulk_update([note], ["text"]),
            "contains": lambda: Note.objects.contains(note),
        }
        for name, attempt in attempts.items():
            with self.subTest(name):
                self.assert_refused(attempt)

    def test_so_is_every_relation_to_them(self) -> None:
        folder, ours = self.theirs.folder, self.ours
        with tenant_context("testclient"):
            our_folder = Folder.objects.create(name="Ours")
        attempts = {
            "make": lambda: Note(folder=folder),
            "create": lambda: Note.objects.create(folder=folder),
            "get_or_create": lambda: Note.objects.get_or_create(folder=folder),
            "update_or_create": lambda: Note.objects.update_or_create(folder=folder),
            "assign": lambda: setattr(ours, "folder", folder),
            "update": lambda: Note.objects.update(folder=folder),
            "add": lambda: ours.tags.add(self.tag),
            "set": lambda: ours.tags.set([self.tag]),
            "remove": lambda: ours.tags.remove(self.tag),
            "add from the other side": lambda: our_folder.notes.add(self.theirs),
            "remove from the other side": lambda: our_folder.notes.remove(self.theirs),
            "filter": lambda: Note.objects.filter(folder=folder).exists(),
            "filter by key": lambda: Note.objects.filter(folder_id=folder).exists(),
            "filter by several": lambda: Note.objects.filter(folder__in=[folder]).exists(),
            "filter in reverse": lambda: Folder.objects.filter(notes=self.theirs).exists(),
            "exclude": lambda: Note.objects.exclude(tags=self.tag).exists(),
            "Q": lambda: Note.objects.filter(~Q(folder=folder) | Q(text="")).exists(),
            "Case": lambda: Note.objects.annotate(n=Case(When(folder=folder, then=1))).first(),
            "aggregate": lambda: Note.objects.aggregate(n=Count("pk", filter=Q(tags=self.tag))),
        }
        for name, attempt in attempts.items():
            with self.subTest(name):
                self.assert_refused(attempt)

    def test_rows_with_the_same_key_are_not_the_same(self) -> None:
        theirs = copy.copy(self.theirs)
        theirs.pk = self.ours.pk
        self.assertNotEqual(self.ours, theirs)
        self.assertEqual(self.ours, Note.objects.using("TESTCLIENT_RO").get())

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

    def test_nor_is_it_part_of_a_queryset_of_ours(self) -> None:
        with tenant_context(OTHER_TENANT):
            theirs = Note.objects.filter(text="Theirs")
            pickled = pickle.dumps(theirs.query)
            through = Note.tags.through.objects.all()
        with tenant_context("testclient"):
            ours = Note.objects.filter(text="Ours")
        text = theirs.values("text")[:1]
        attempts = {
            "|": lambda: list(ours | theirs),
            "&": lambda: list(ours & theirs),
            "^": lambda: list(theirs ^ ours),
            "union": lambda: list(ours.union(theirs)),
            "intersection": lambda: list(theirs.intersection(ours)),
            "difference": lambda: list(ours.difference(theirs)),
            "in": lambda: list(ours.filter(pk__in=theirs)),
            "in values": lambda: list(ours.exclude(pk__in=theirs.values("pk"))),
            "Q": lambda: list(ours.filter(Q(pk__in=theirs) | Q(text=""))),
            "Exists": lambda: list(ours.filter(Exists(theirs))),
            "OuterRef": lambda: list(ours.filter(~Exists(theirs.filter(pk=OuterRef("pk"))))),
            "Subquery": lambda: list(ours.annotate(their=Subquery(text))),
            "update": lambda: ours.update(text=Subquery(text)),
            "using": lambda: list(theirs.using("TESTCLIENT")),
            "delete": lambda: theirs.using("TESTCLIENT").delete(),
            "a pickled query": lambda: self.evaluate(pickle.loads(pickled)),
            "a table of relations": lambda: list(through),
        }
        for name, attempt in attempts.items():
            with self.subTest(name):
                self.assert_refused(attempt)

    def evaluate(self, query: Query) -> list[Note]:
        queryset = Note.objects.all()
        queryset.query = query
        return list(queryset)

    def test_without_a_tenant_two_databases_do_not_mix_either(self) -> None:
        theirs = Note.objects.using(OTHER_ALIAS)
        for attempt in (
            lambda: list(Note.objects.using("TESTCLIENT").filter(Exists(theirs))),
            lambda: list(Note.objects.using("TESTCLIENT").filter(folder=self.theirs.folder)),
        ):
            with self.assertRaisesRegex(WrongTenant, OTHER_TENANT):
                attempt()

    def test_a_queryset_built_without_a_tenant_is_for_any(self) -> None:
        queryset = Note.objects.order_by("pk")
        for tenant, note in (("testclient", self.ours), (OTHER_TENANT, self.theirs)):
            with tenant_context(tenant):
                self.assertEqual(list(queryset.all()), [note])

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
