"""What Django and packages give a router as a model or a hint: it never raises for what it does not know."""

import copy
import pickle
import weakref
from collections.abc import Iterable, Iterator
from itertools import product
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

from django.apps import apps
from django.apps.registry import Apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.auth.models import User as SwappedUser
from django.contrib.contenttypes.models import ContentType
from django.core.cache.backends.db import BaseDatabaseCache
from django.db import models, router
from django.db.migrations.state import ModelState, ProjectState
from django.test import TestCase
from django.utils.functional import LazyObject, SimpleLazyObject, lazy, lazystr

from engine.site.news.models import Announcement
from engine.site.notes.models import Folder, Note, OldNote
from manydb.exceptions import DatabaseRequired

from ..expectations import ROUTER

if ROUTER == "tenant":
    from manydb.tenants.context import tenant_context


class SpecialAnnouncement(Announcement):
    class Meta:
        app_label = "news"
        proxy = True


class Memo(LazyObject):
    """A lazy object in the older style of Django, of a class of its own."""

    def _setup(self) -> None:
        self._wrapped = Announcement(text="later")


class AFolder(Folder):
    class Meta:
        app_label = "notes"
        proxy = True


def historical(app: str, name: str) -> Any:
    """A migration's version of a model, or of one whose app is not installed any more."""
    state = ProjectState.from_apps(apps)
    state.add_model(ModelState("gone", "Relic", [("id", models.AutoField(primary_key=True))]))
    return state.apps.get_model(app, name)


def of_another_registry() -> Any:
    class Elsewhere(models.Model):
        class Meta:
            app_label = "elsewhere"
            apps = Apps()

        def __str__(self) -> str:
            return "elsewhere"

    return Elsewhere


SHARED_MODELS = {
    "shared": Announcement,
    "proxy": SpecialAnnouncement,
    "user": get_user_model(),
    "swapped": SwappedUser,
    "content type": ContentType,
    "log entry": LogEntry,
    "user's groups": get_user_model().groups.through,
    "historical user": historical("users", "User"),
    "historical group": historical("auth", "Group"),
    "not installed in this state": historical("gone", "Relic"),
    "of another registry": of_another_registry(),
    "database cache": BaseDatabaseCache("cache", {}).cache_model_class,
    "a lazy class": SimpleLazyObject(lambda: Announcement),
}
TENANTS_MODELS = {
    "tenant's": Note,
    "tenant's, unmanaged": OldNote,
    "tenant's proxy": AFolder,
    "table of tags": Note.tags.through,
    "historical tenant's": historical("notes", "Note"),
    "historical table of tags": historical("notes", "Note").tags.through,
}
NO_MODELS: dict[str, Any] = {
    "None": None,
    "text": "news.Announcement",
    "lazy text": lazystr("news.Announcement"),
    "number": 7,
    "plain object": object(),
    "plain class": dict,
    "list": [Announcement],
    "an object of a model": Announcement(text="one"),
    "anonymous": AnonymousUser(),
    "function": len,
    "mock": Mock(),
}


class Hints(TestCase):
    databases = {"default", "TESTCLIENT"}

    def setUp(self) -> None:
        if ROUTER == "tenant":
            self.enterContext(tenant_context("testclient"))
        # Another router may be first in DATABASE_ROUTERS and Django itself come last: ours is asked directly.
        (self.own,) = router.routers
        self.user = get_user_model().objects.create_user("ada")
        self.announcement = Announcement.objects.create(text="To all")
        self.folder = Folder.objects.using("TESTCLIENT").create(name="Inbox")

    def objects(self) -> dict[str, Any]:
        """What stands for a row, each of them of the database that its model says."""
        user, announcement, folder = self.user, self.announcement, self.folder
        return {
            "user": user,
            "request.user": SimpleLazyObject(lambda: user),
            "lazy in lazy": SimpleLazyObject(lambda: SimpleLazyObject(lambda: user)),
            "lazy by lazy()": lazy(lambda: user, get_user_model())(),
            "lazy of a class of its own": Memo(),
            "weak proxy": weakref.proxy(announcement),
            "shared": announcement,
            "deferred": Announcement.objects.defer("text").get(),
            "proxy": SpecialAnnouncement.objects.get(),
            "copied": copy.copy(announcement),
            "pickled": pickle.loads(pickle.dumps(announcement)),
            "new": Announcement(text="new"),
            "new, with a key": Announcement(pk=7),
            "tenant's": folder,
            "lazy tenant's": SimpleLazyObject(lambda: folder),
            "tenant's deferred": Folder.objects.using("TESTCLIENT").only("pk").get(),
            "tenant's, of its replica": Folder.objects.using("TESTCLIENT_RO").get(),
            "of a replica": Announcement.objects.using("default_RO").get(),
            "new tenant's": Note(text="new"),
            "historical": historical("news", "Announcement")(text="old"),
            "historical tenant's": historical("notes", "Note")(text="old"),
            "not installed in this state": historical("gone", "Relic")(),
            "swapped": SwappedUser(username="ada"),
            "content type": ContentType.objects.get_for_model(Group),
        }

    def no_objects(self) -> dict[str, Any]:
        return {
            **NO_MODELS,
            "a class": Announcement,
            "a tenant's class": Note,
            "lazy None": SimpleLazyObject(lambda: None),
            "lazy anonymous": SimpleLazyObject(AnonymousUser),
            "lazy plain object": SimpleLazyObject(object),
            "a state without a database": SimpleNamespace(_state=SimpleNamespace()),
            "no state": SimpleNamespace(_state=None),
            "queryset": Announcement.objects.all(),
            "manager": Announcement.objects,
        }

    def methods(self) -> Iterator[tuple[str, Any]]:
        for name in ("db_for_read", "db_for_write"):
            yield name, getattr(self.own, name)

    def wrong(self, answers: Iterable[Any], call: Any, *args: Any, **hints: Any) -> str:
        """What is wrong about the answer of a router, if anything."""
        try:
            found = call(*args, **hints)
        except Exception as error:
            return f"raises {error!r}"
        return "" if found in answers else f"returns {found!r}"

    def assertAll(self, cases: Iterator[tuple[str, str]]) -> None:
        """Fails with all that went wrong: tens of thousands of calls are too many for a subtest each."""
        wrong = [f"{case} {how}" for case, how in cases if how]
        self.assertFalse(wrong, "\n".join(wrong[:20]))

    def test_a_shared_model_has_an_answer_with_any_object(self) -> None:
        hints = self.objects() | self.no_objects()
        answers = ("default", "default_RO")
        self.assertAll(
            (
                f"{name} of {kind} with {hint}",
                self.wrong(answers, method, model, instance=instance, other=instance),
            )
            for (name, method), (kind, model), (hint, instance) in product(
                self.methods(), SHARED_MODELS.items(), hints.items()
            )
        )

    def test_a_tenants_model_has_one_with_any_object_of_a_tenant(self) -> None:
        hints = {name: hint for name, hint in self.objects().items() if "tenant's" in name}
        del hints["new tenant's"], hints["historical tenant's"]
        self.assertAll(
            (
                f"{name} of {kind} with {hint}",
                self.wrong(("TESTCLIENT",), method, model, instance=instance),
            )
            for (name, method), (kind, model), (hint, instance) in product(
                self.methods(), TENANTS_MODELS.items(), hints.items()
            )
        )

    def test_and_with_any_other_when_a_tenant_is_active(self) -> None:
        """Without one there is no answer, and the error says what to do."""
        hints = self.objects() | self.no_objects()
        others = {name: hint for name, hint in hints.items() if "tenant's" not in name}

        def answer(method: Any, model: Any, instance: Any) -> Any:
            try:
                return method(model, instance=instance)
            except DatabaseRequired:
                return DatabaseRequired

        expected = "TESTCLIENT" if ROUTER == "tenant" else DatabaseRequired
        self.assertAll(
            (
                f"{name} of {kind} with {hint}",
                self.wrong([expected], answer, method, model, instance),
            )
            for (name, method), (kind, model), (hint, instance) in product(
                self.methods(), TENANTS_MODELS.items(), others.items()
            )
        )

    def test_what_is_no_model_is_left_to_django(self) -> None:
        hints = self.objects() | self.no_objects()
        self.assertAll(
            (f"{name} of {kind} with {hint}", self.wrong([None], method, thing, instance=instance))
            for (name, method), (kind, thing), (hint, instance) in product(
                self.methods(), NO_MODELS.items(), hints.items()
            )
        )

    def test_any_two_things_may_be_asked_about_a_relation(self) -> None:
        objects = self.objects()
        hints = objects | self.no_objects()
        self.assertAll(
            (
                f"{one} and {other}",
                self.wrong(
                    (True, False, None) if one in objects and other in objects else [None],
                    self.own.allow_relation,
                    first,
                    second,
                    model=first,
                    instance=second,
                ),
            )
            for (one, first), (other, second) in product(hints.items(), repeat=2)
        )

    def test_any_hint_may_come_with_a_migration(self) -> None:
        hints = self.objects() | self.no_objects() | SHARED_MODELS | TENANTS_MODELS
        answers = {"default_RO": [False], "somebody_elses": [None]}
        self.assertAll(
            (
                f"{app}.{name} on {alias} with {kind}",
                self.wrong(
                    answers.get(alias, (True, False)),
                    self.own.allow_migrate,
                    alias,
                    app,
                    name,
                    model=hint,
                    instance=hint,
                ),
            )
            for alias, app, name, (kind, hint) in product(
                ("default", "default_RO", "TESTCLIENT", "somebody_elses"),
                ("news", "notes", "gone", "django_cache", ""),
                (None, "note", "Announcement", "nothing", ""),
                hints.items(),
            )
        )

    def test_a_model_may_be_named_in_a_hint(self) -> None:
        for hint in ("notes.Note", "notes.note", Note, historical("notes", "Note")):
            with self.subTest(hint):
                self.assertTrue(self.own.allow_migrate("TESTCLIENT", "auth", model=hint))
                self.assertFalse(self.own.allow_migrate("default", "auth", model=hint))

    def test_an_object_of_an_alias_that_the_project_does_not_know_is_left_to_django(self) -> None:
        stranger = Announcement(pk=1)
        stranger._state.db = "somebody_elses"
        for name, method in self.methods():
            with self.subTest(name):
                self.assertIsNone(method(Announcement, instance=stranger))
                self.assertEqual(
                    getattr(router, name)(Announcement, instance=stranger), "somebody_elses"
                )
        self.assertIsNone(self.own.allow_relation(stranger, self.announcement))


class IdiomsOfRequestUser(TestCase):
    """``request.user`` stands for a row as any other value does."""

    def setUp(self) -> None:
        self.user = get_user_model().objects.create_user("ada")
        self.lazy = SimpleLazyObject(lambda: self.user)

    def test_saved_compared_and_filtered(self) -> None:
        by_user = {"user": self.lazy, "action_flag": 1}
        made = [
            LogEntry.objects.create(**by_user),
            self.lazy.logentry_set.create(action_flag=1),
            LogEntry.objects.get_or_create(**by_user, object_id="1")[0],
            LogEntry.objects.update_or_create(**by_user, object_id="2")[0],
            *LogEntry.objects.bulk_create([LogEntry(**by_user)]),
        ]
        entry = LogEntry(action_flag=1)
        entry.user = self.lazy
        entry.full_clean(exclude=["object_repr"])
        entry.save()
        self.lazy.logentry_set.add(entry)
        self.assertEqual({each._state.db for each in [*made, entry]}, {"default"})
        for found in (
            LogEntry.objects.filter(user=self.lazy),
            LogEntry.objects.filter(user__in=[self.lazy]),
            LogEntry.objects.exclude(~models.Q(user=self.lazy)),
            self.lazy.logentry_set.all(),
            LogEntry.objects.filter(user__in=get_user_model().objects.filter(pk=self.lazy.pk)),
        ):
            self.assertEqual(len(found.using("default")), len(made) + 1)
        self.assertEqual(LogEntry.objects.update(user=self.lazy), len(made) + 1)

    def test_its_own_row(self) -> None:
        self.lazy.first_name = "Ada"
        self.lazy.save(update_fields=["first_name"])
        self.lazy.refresh_from_db()
        self.assertEqual(self.lazy.first_name, "Ada")
        group = Group.objects.create(name="Editors")
        self.lazy.groups.add(group)
        group.user_set.set([self.lazy])
        self.assertTrue(self.lazy.groups.contains(group))
        self.assertFalse(self.lazy.has_perm("auth.add_group"))
        models.prefetch_related_objects([self.lazy], "groups")
        self.assertEqual(list(self.lazy.groups.all()), [group])
        self.lazy.delete()
        self.assertFalse(get_user_model().objects.using("default").exists())
