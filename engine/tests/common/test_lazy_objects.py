"""Routers take a lazy object, such as ``request.user``, as the object that it stands for."""

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import router
from django.test import TestCase
from django.utils.functional import SimpleLazyObject

from engine.site.notes.models import Folder, Note


class LazyObjects(TestCase):
    databases = {"default", "TESTCLIENT"}

    def setUp(self) -> None:
        self.user = get_user_model().objects.create_user("ada")
        self.folder = Folder.objects.using("TESTCLIENT").create(name="Inbox")
        self.lazy_user = SimpleLazyObject(lambda: self.user)
        self.lazy_folder = SimpleLazyObject(lambda: self.folder)

    def test_a_new_row_points_at_one(self) -> None:
        entry = LogEntry.objects.create(user=self.lazy_user, action_flag=ADDITION)
        self.assertEqual(LogEntry.objects.using("default").get(user=self.lazy_user), entry)
        entry.user = SimpleLazyObject(lambda: self.user)
        entry.save()
        note = Note.objects.using("TESTCLIENT").create(text="Read me", folder=self.lazy_folder)
        self.assertEqual(note._state.db, "TESTCLIENT")
        self.assertEqual(Note.objects.using("TESTCLIENT").get(folder=self.lazy_folder), note)

    def test_an_object_without_a_database_takes_that_of_a_lazy_one(self) -> None:
        self.assertEqual(Note(folder=self.lazy_folder)._state.db, "TESTCLIENT")
        self.assertEqual(LogEntry(user=self.lazy_user)._state.db, "default")

    def test_managers_of_relations(self) -> None:
        entry = self.lazy_user.logentry_set.create(action_flag=ADDITION)
        self.assertEqual(entry._state.db, "default")
        group = Group.objects.create(name="Editors")
        group.user_set.add(self.lazy_user)
        self.lazy_user.groups.remove(SimpleLazyObject(lambda: group))
        self.assertFalse(self.user.groups.using("default").exists())
        note = self.lazy_folder.notes.create(text="Read me")
        self.assertEqual(note._state.db, "TESTCLIENT")
        self.assertEqual(self.lazy_folder.notes.using("TESTCLIENT").get(), note)

    def test_the_router_answers_as_for_the_object_itself(self) -> None:
        for name in ("db_for_read", "db_for_write"):
            asked = getattr(router, name)
            for model, instance in [
                (get_user_model(), self.user),
                (LogEntry, self.user),
                (Folder, self.folder),
                (Note, self.folder),
                (LogEntry, self.folder),
            ]:
                with self.subTest(f"{name} {model.__name__} {instance}"):
                    lazy = SimpleLazyObject(lambda instance=instance: instance)
                    self.assertEqual(asked(model, instance=lazy), asked(model, instance=instance))

    def test_relations_are_allowed_within_one_database_only(self) -> None:
        entry = LogEntry.objects.create(user=self.user, action_flag=ADDITION)
        lazy_entry = SimpleLazyObject(lambda: entry)
        self.assertTrue(router.allow_relation(entry, self.lazy_user))
        self.assertTrue(router.allow_relation(lazy_entry, self.lazy_user))
        self.assertFalse(router.allow_relation(lazy_entry, self.lazy_folder))
