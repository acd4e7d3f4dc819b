"""A request that changes something reads what is current: which methods, which apps, and requests inside others."""

from unittest.mock import patch

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, SimpleTestCase, override_settings

from engine.site.accounts.models import Account
from engine.site.news.models import Announcement
from manydb.replicas import default_primary_apps, replica_or_primary, use_replica
from manydb.replicas.middleware import ReadYourWrites
from manydb.replicas.reads import Reads, reading

from .case import RoutedCase

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE", "LOCK", "PROPPATCH", "anything")


class Methods(RoutedCase):
    def reads(self, method: str) -> str:
        def view(request: HttpRequest) -> HttpResponse:
            return HttpResponse(self.model.objects.all().db)

        return ReadYourWrites(view)(RequestFactory().generic(method, "/")).content.decode()

    def test_safe_ones_read_replicas_and_all_others_primaries(self) -> None:
        for method in SAFE:
            with self.subTest(method):
                self.assertEqual(self.reads(method), self.replica)
        for method in UNSAFE:
            with self.subTest(method):
                self.assertEqual(self.reads(method), self.primary)

    def test_get_change_save_reads_and_writes_one_database(self) -> None:
        made = self.model.objects.create(text="0")

        def view(request: HttpRequest) -> HttpResponse:
            found = self.model.objects.get(pk=made.pk)
            aliases = [found._state.db, found._state._alias]
            found.text = "1"
            found.save()
            return HttpResponse(" ".join(aliases))

        response = ReadYourWrites(view)(RequestFactory().post("/"))
        self.assertEqual(response.content.decode(), f"{self.primary} {self.primary}")


class Nested(RoutedCase):
    """A request that the code of another one makes, with a test client for example, is a part of it."""

    def view(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(self.model.objects.all().db)

    def inner(self, method: str = "get") -> str:
        request = getattr(RequestFactory(), method)("/")
        return ReadYourWrites(self.view)(request).content.decode()

    def outer(self, method: str, write: bool = False) -> list[str]:
        seen = []

        def view(request: HttpRequest) -> HttpResponse:
            if write:
                self.model.objects.create(text="written")
            for inner in ("get", "post"):
                seen.append(self.inner(inner))
            seen.append(self.model.objects.all().db)
            return HttpResponse()

        ReadYourWrites(view)(getattr(RequestFactory(), method)("/"))
        return seen

    def test_each_reads_what_its_method_says(self) -> None:
        self.assertEqual(self.outer("get"), [self.replica, self.primary, self.replica])

    def test_inside_one_that_changes_something_all_are_current(self) -> None:
        self.assertEqual(self.outer("post"), [self.primary] * 3)

    def test_it_sees_what_the_outer_one_wrote(self) -> None:
        self.assertEqual(self.outer("get", write=True), [self.primary] * 3)

    def test_what_it_writes_the_outer_one_sees(self) -> None:
        outer = Reads()
        with reading(outer):
            with reading(Reads(outer=outer)):
                self.model.objects.create(text="written")
            self.assertEqual(self.model.objects.all().db, self.primary)


class PrimaryApps(SimpleTestCase):
    def reads(self, model: type[models.Model]) -> str:
        with reading(Reads()):
            return replica_or_primary("accounts", model)

    def test_who_somebody_is_and_may_do_is_read_from_the_primary(self) -> None:
        for model in (get_user_model(), Group, Permission, Session, ContentType):
            with self.subTest(model._meta.label):
                self.assertEqual(self.reads(model), "accounts")
        self.assertEqual(self.reads(get_user_model().groups.through), "accounts")

    def test_inside_use_replica_as_well(self) -> None:
        with use_replica():
            self.assertEqual(self.reads(Session), "accounts")

    def test_other_apps_are_not(self) -> None:
        for model in (Announcement, Account):
            with self.subTest(model._meta.label):
                self.assertEqual(self.reads(model), "accounts_RO")

    def test_the_default_has_the_users_app_whatever_it_is(self) -> None:
        self.assertIn("users", default_primary_apps())
        with override_settings(AUTH_USER_MODEL="people.Person"):
            self.assertIn("people", default_primary_apps())
            self.assertNotIn("users", default_primary_apps())

    def test_the_setting_replaces_it(self) -> None:
        with override_settings(PRIMARY_APPS=[*default_primary_apps(), "news"]):
            self.assertEqual(self.reads(Announcement), "accounts")
            self.assertEqual(self.reads(Session), "accounts")
        with override_settings(PRIMARY_APPS=[]):
            self.assertEqual(self.reads(Session), "accounts_RO")
        self.assertEqual(self.reads(Announcement), "accounts_RO")
        self.assertEqual(self.reads(Session), "accounts")

    def test_what_a_model_says_itself_goes_before_it(self) -> None:
        for mark, alias in ((True, "accounts_RO"), (False, "accounts")):
            with (
                self.subTest(mark),
                patch.object(Session, "_PREFER_READ_REPLICA", mark, create=True),
                override_settings(PRIMARY_APPS=["sessions"]),
            ):
                self.assertEqual(self.reads(Session), alias)
