"""While one tenant is active, no queryset of another one is evaluated, nor becomes part of one of ours."""

import pickle
from copy import deepcopy

from django.db.models import Exists, Max, OuterRef, Prefetch, Q, Subquery, prefetch_related_objects
from django.db.models.sql import Query

from engine.site.notes.models import Folder, Note
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.core.exceptions import WrongTenant
from manydb.tenants.context import tenant_context
from manydb.tenants.guard import refuse_object

from .two_tenants import WrongTenantCase


class QuerysetsOfAnotherTenant(WrongTenantCase):
    def test_a_lazy_queryset_is_only_good_for_the_tenant_it_was_built_for(self) -> None:
        with tenant_context(OTHER_TENANT):
            queryset = Note.objects.filter(text="Theirs").order_by("text")
            self.assertTrue(queryset.exists())
        attempts = {
            "list": lambda: list(queryset),
            "exists": queryset.exists,
            "count": queryset.count,
            "aggregate": lambda: queryset.aggregate(n=Max("pk")),
            "in_bulk": queryset.order_by().in_bulk,
            "iterator": lambda: next(queryset.iterator()),
            "explain": queryset.explain,
            "pickle": lambda: pickle.dumps(queryset.all()),
            "deepcopy": lambda: list(deepcopy(queryset)),
            "get": queryset.get,
            "update": lambda: queryset.update(text="Ours"),
            "delete": queryset.order_by().delete,
            "create": lambda: queryset.create(text="Ours"),
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
            by_django = Note._base_manager.filter(text="Theirs")
            through = Note.tags.through.objects.all()
        with tenant_context("testclient"):
            ours = Note.objects.filter(text="Ours")
            self.folder = Folder.objects.create(name="Ours")
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
            "Prefetch": lambda: prefetch_related_objects([self.folder], Prefetch("notes", theirs)),
            "save": lambda: Note(pk=self.ours.pk, text=Subquery(text)).save(force_update=True),
            "bulk_create": lambda: Note.objects.bulk_create([Note(text=Subquery(text))]),
            "of Django's own manager": lambda: list(ours.filter(Exists(by_django))),
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
        by_manager = Note.objects.db_manager(OTHER_ALIAS).all()
        for attempt in (
            lambda: list(Note.objects.using("TESTCLIENT").filter(Exists(theirs))),
            lambda: list(Note.objects.using("TESTCLIENT").filter(Exists(by_manager))),
            lambda: list(Note.objects.using("TESTCLIENT").filter(folder=self.theirs.folder)),
        ):
            with self.assertRaisesRegex(WrongTenant, OTHER_TENANT):
                attempt()

    def test_a_queryset_built_without_a_tenant_is_for_any(self) -> None:
        queryset = Note.objects.order_by("pk")
        for tenant, note in (("testclient", self.ours), (OTHER_TENANT, self.theirs)):
            with tenant_context(tenant):
                self.assertEqual(list(queryset.all()), [note])

    def test_rows_that_were_fetched_for_one_tenant_are_not_shown_to_another(self) -> None:
        of_a_module = Note.objects.order_by("pk")  # for any tenant, until it is evaluated
        with tenant_context(OTHER_TENANT):
            self.assertEqual(list(of_a_module), [self.theirs])
            their_folder = Folder.objects.prefetch_related("notes").get()
        pickled = pickle.dumps(of_a_module)
        attempts = {
            "list": lambda: list(of_a_module),
            "len": lambda: len(of_a_module),
            "bool": lambda: bool(of_a_module),
            "count": of_a_module.count,
            "exists": of_a_module.exists,
            "first": of_a_module.first,
            "slice": lambda: of_a_module[0],
            "pickled": lambda: list(pickle.loads(pickled)),
            "prefetched": lambda: list(their_folder.notes.all()),
        }
        for name, attempt in attempts.items():
            with self.subTest(name):
                self.assert_refused(attempt)
        with tenant_context("testclient"):
            self.assertEqual(list(of_a_module.all()), [self.ours])
        self.assertEqual(list(of_a_module), [self.theirs])

    def test_a_database_that_is_nobodys_may_be_named(self) -> None:
        with tenant_context("testclient"):
            self.assertEqual(Note.objects.using("default").db, "default")
            refuse_object(self.ours, "default")

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
