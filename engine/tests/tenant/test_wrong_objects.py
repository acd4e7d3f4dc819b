"""An object of one tenant is of no use with another one, whichever way it is tried."""

import copy
import pickle
from typing import Any

from django.apps import apps
from django.core import serializers
from django.db.migrations.state import ProjectState
from django.db.models import Model, prefetch_related_objects
from django.test import SimpleTestCase
from django.test.utils import isolate_apps

from engine.site.notes.models import Balance, Folder, Note, Tag
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.core.exceptions import WrongTenant
from manydb.core.models import TenantModel
from manydb.tenants.context import tenant_context
from manydb.testing import aliases_used

from .two_tenants import WrongTenantCase


class ObjectsOfAnotherTenant(WrongTenantCase):
    def setUp(self) -> None:
        with tenant_context(OTHER_TENANT):
            self.deferred = Note.objects.defer("text").get()
            self.lone = Balance.objects.create()
            self.new = Note(text="Made for them")
            self.positional = Note(None, "Made for them")
            (self.deserialized,) = serializers.deserialize(
                "python", [{"model": "notes.note", "fields": {"text": "Made for them"}}]
            )

    def test_every_use_is_refused(self) -> None:
        tag = Tag(name="urgent")
        note = self.theirs
        both = [self.ours, self.unfetched]
        attempts = {
            "save": note.save,
            "save in our database": lambda: note.save(using="TESTCLIENT"),
            "save what was made for them": self.new.save,
            "save what was made of positional values": self.positional.save,
            "save what was deserialized": self.deserialized.save,
            "save that in our database": lambda: self.deserialized.save(using="TESTCLIENT"),
            "save a copy": lambda: copy.copy(note).save(),
            "save what was pickled": lambda: pickle.loads(pickle.dumps(note)).save(),
            "delete": note.delete,
            "delete in our database": lambda: note.delete(using="TESTCLIENT"),
            "delete what no row points to": lambda: self.lone.delete(using="TESTCLIENT"),
            "refresh_from_db": note.refresh_from_db,
            "refresh from our database": lambda: note.refresh_from_db(using="TESTCLIENT"),
            "validate": note.full_clean,
            "validate_unique": note.validate_unique,
            "validate_constraints": note.validate_constraints,
            "a deferred field": lambda: self.deferred.text,
            "a foreign key": lambda: self.unfetched.folder,
            "a many-to-many relation": lambda: list(note.tags.all()),
            "prefetch": lambda: prefetch_related_objects([note], "tags"),
            "prefetch with ours": lambda: prefetch_related_objects(both, "folder"),
            "adding to it": lambda: note.tags.add(tag),
            "a reverse foreign key": lambda: note.folder.notes.count(),
            "bulk_create": lambda: Note.objects.bulk_create([note]),
            "bulk_create what is new": lambda: Note.objects.bulk_create([self.new]),
            "bulk_create by Django's own manager": lambda: Note._base_manager.bulk_create([note]),
            "bulk_update": lambda: Note.objects.bulk_update([note], ["text"]),
            "contains": lambda: Note.objects.contains(note),
        }
        for name, attempt in attempts.items():
            with self.subTest(name):
                self.assert_refused(attempt)

    def test_nor_is_one_of_a_tenant_that_is_gone(self) -> None:
        note = Note.from_db("GONE", ["id", "text"], [1, "Theirs"])
        with tenant_context("testclient"), self.assertRaisesRegex(WrongTenant, "'gone'"):
            note.save(using="TESTCLIENT")

    def test_it_is_what_the_error_names_and_not_what_it_points_to(self) -> None:
        with tenant_context("testclient"), self.assertRaisesRegex(WrongTenant, "This notes.Note "):
            self.theirs.save(using="TESTCLIENT")

    def test_rows_with_the_same_key_are_not_the_same(self) -> None:
        theirs = copy.copy(self.theirs)
        theirs.pk = self.ours.pk
        self.assertNotEqual(self.ours, theirs)
        self.assertEqual(self.ours, Note(pk=self.ours.pk))
        self.assertEqual(self.ours, Note.objects.using("TESTCLIENT_RO").get())

    def test_a_write_never_lands_in_the_active_tenants_database(self) -> None:
        self.theirs.text = "Changed"
        self.assert_refused(self.theirs.save)
        self.assertEqual(Note.objects.using("TESTCLIENT").get().text, "Ours")
        self.assertEqual(Note.objects.using(OTHER_ALIAS).get().text, "Theirs")


class WithoutAnyTenant(WrongTenantCase):
    """Any database may be named. An object stays out of all but its own tenant's."""

    def test_an_object_is_of_no_use_in_another_database(self) -> None:
        ours = self.ours
        with tenant_context(OTHER_TENANT):
            new = Note(text="Made for them")
            folder = Folder(name="Made for them")
            row_of_tags = Note.tags.through(note_id=1, tag_id=1)
        historical = ProjectState.from_apps(apps).apps.get_model("notes", "Note")
        their_row = historical.objects.using(OTHER_ALIAS).get()
        in_ours = Note.objects.using("TESTCLIENT")
        both = [ours, self.unfetched]
        their_tags = self.theirs.tags.all()
        attempts = {
            "save": lambda: ours.save(using=OTHER_ALIAS),
            "save what is new": lambda: new.save(using="TESTCLIENT"),
            "save a row of tags": lambda: row_of_tags.save(using="TESTCLIENT"),
            "save in a migration": lambda: their_row.save(using="TESTCLIENT"),
            "delete": lambda: ours.delete(using=OTHER_ALIAS),
            "refresh_from_db": lambda: ours.refresh_from_db(using=OTHER_ALIAS),
            "bulk_create": lambda: in_ours.bulk_create([new]),
            "bulk_update": lambda: in_ours.bulk_update([self.theirs], ["text"]),
            "assign what is new": lambda: setattr(ours, "folder", folder),
            "prefetch with others": lambda: prefetch_related_objects(both, "folder"),
            "its relation in a filter": lambda: in_ours.get(tags__in=their_tags),
        }
        for name, attempt in attempts.items():
            with (
                self.subTest(name),
                aliases_used() as aliases,
                self.assertRaises((WrongTenant, ValueError)),
            ):
                attempt()
            self.assertEqual(aliases, [])

    def test_it_is_in_its_own(self) -> None:
        self.theirs.text = "Changed"
        self.theirs.save(using=OTHER_ALIAS)
        self.theirs.refresh_from_db(using=f"{OTHER_ALIAS}_RO")
        self.assertEqual(self.theirs.text, "Changed")


class RowsThatAreRead(SimpleTestCase):
    @isolate_apps("engine.site.notes")
    def test_a_class_that_has_a_say_in_how_its_objects_are_made_keeps_it(self) -> None:
        made: list[str] = []

        class Counted(Model):
            class Meta:
                abstract = True

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                made.append(type(self).__name__)
                super().__init__(*args, **kwargs)

        class Before(Counted, TenantModel):  # noqa: DJ008
            class Meta:
                app_label = "notes"

        class After(TenantModel, Counted):  # noqa: DJ008
            class Meta:
                app_label = "notes"

        class Patched(TenantModel):
            class Meta:
                app_label = "notes"

        class Created(TenantModel):
            class Meta:
                app_label = "notes"

            def __new__(cls, *args: Any, **kwargs: Any) -> "Created":
                made.append(cls.__name__)
                return super().__new__(cls)

        def instrumented(self: Any, *args: Any, **kwargs: Any) -> None:
            made.append("Patched")
            TenantModel.__init__(self, *args, **kwargs)

        kinds: list[type[TenantModel]] = [Before, After, Patched, Created]
        with tenant_context(OTHER_TENANT):
            Patched.from_db(OTHER_ALIAS, ["id"], [1])
            Patched.__init__ = instrumented  # type: ignore[method-assign]
            for kind in kinds:
                with self.subTest(kind.__name__):
                    row: Any = kind.from_db(OTHER_ALIAS, ["id"], [1])
                    self.assertEqual(row.pk, 1)
                    self.assertEqual(row._state.tenant.name, OTHER_TENANT)
                    self.assertFalse(row._state.adding)
        self.assertEqual(made, [kind.__name__ for kind in kinds])
