"""Only tenants' models are looked at as they are saved: other models, and other people's tests, see no receiver."""

import gc
import weakref
from unittest import mock

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core import serializers
from django.db import router
from django.db.migrations.state import ProjectState
from django.db.models import CharField, Model
from django.db.models.signals import pre_save
from django.test import SimpleTestCase
from django.test.utils import isolate_apps

from engine.site.news.models import Announcement
from engine.site.notes.models import Note
from manydb.core import ownership
from manydb.core.models import TenantModel
from manydb.core.routing import PER_TENANT, home_of


class Refused(Exception):
    """What this module's owner of all rows answers."""


class Refusing(ownership.Ownership):
    def refuse_row(self, instance: Model, alias: str) -> None:
        raise Refused(f"{instance._meta.label} on {alias}")


class GuardedSaves(SimpleTestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch.object(ownership, "_ownership", Refusing()))

    def test_shared_models_have_no_receiver_of_the_engine(self) -> None:
        for model in apps.get_models(include_auto_created=True):
            with self.subTest(model._meta.label):
                self.assertIs(pre_save.has_listeners(model), home_of(model) == PER_TENANT)
        self.assertFalse(pre_save.has_listeners(get_user_model()))

    def test_every_way_to_save_a_row_of_a_tenant_is_guarded(self) -> None:
        (deserialized,) = serializers.deserialize(
            "python", [{"model": "notes.note", "pk": 1, "fields": {"text": "x"}}]
        )
        attempts = {
            "save": Note(text="x").save,
            "create": lambda: Note.objects.using("TESTCLIENT").create(text="x"),
            "deserialized": deserialized.save,
            "deserialized, by its own class": lambda: Model.save_base(Note(pk=1), raw=True),
            "bulk_create": lambda: Note.objects.using("TESTCLIENT").bulk_create([Note(text="x")]),
        }
        self.enterContext(mock.patch.object(router, "db_for_write", lambda *_, **__: "TESTCLIENT"))
        for name, attempt in attempts.items():
            with self.subTest(name), self.assertRaisesRegex(Refused, "notes.Note on "):
                attempt()

    def test_a_migrations_version_of_a_model_is_guarded_as_the_model_is(self) -> None:
        historical = ProjectState.from_apps(apps).apps
        note = historical.get_model("notes", "Note")
        with self.assertRaisesRegex(Refused, "notes.Note on TESTCLIENT"):
            note(text="x").save(using="TESTCLIENT")
        announcement = historical.get_model("news", "Announcement")
        self.assertFalse(pre_save.has_listeners(announcement))
        self.assertFalse(pre_save.has_listeners(Announcement))

    def test_those_of_a_long_history_have_no_receivers_before_one_is_used(self) -> None:
        """A signal looks through all that it has for each one more."""
        before = len(pre_save.receivers)
        historical = ProjectState.from_apps(apps).apps
        self.assertEqual(len(pre_save.receivers), before)
        folder, note = (historical.get_model("notes", name) for name in ("Folder", "Note"))
        for _ in range(2):
            self.assertEqual(note(text="x").text, "x")
            self.assertEqual(note.from_db("TESTCLIENT", ["id", "text"], [1, "y"]).text, "y")
        self.assertTrue(pre_save.has_listeners(note))
        self.assertFalse(pre_save.has_listeners(folder))

    def test_its_guard_goes_with_it(self) -> None:
        """Migrations make such models by the thousand."""
        note = ProjectState.from_apps(apps).apps.get_model("notes", "Note")
        note()
        left = weakref.ref(note), weakref.ref(note._guard_row)
        del note
        gc.collect()
        self.assertEqual([each() for each in left], [None, None])

    @isolate_apps("engine.site.notes")
    def test_a_model_that_is_made_later_is_guarded(self) -> None:
        class Shelf(TenantModel):
            name = CharField(max_length=10)

            class Meta:
                app_label = "notes"

            def __str__(self) -> str:
                return self.name

        class Wider(Shelf):
            class Meta:
                app_label = "notes"

        class Proxy(Shelf):
            class Meta:
                app_label = "notes"
                proxy = True

        for model in (Shelf, Wider, Proxy):
            with self.subTest(model), self.assertRaisesRegex(Refused, model.__name__):
                model(name="x").save(using="TESTCLIENT")
