"""A session is one tenant's: its cookie opens nothing with another, whatever keeps the sessions."""

from http.cookies import SimpleCookie
from tempfile import TemporaryDirectory
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import Client, TestCase, override_settings
from django.utils.module_loading import import_string

from engine.tests.names import OTHER_TENANT, host_of
from manydb.tenants import cookie_sessions, sessions
from manydb.tenants.context import tenant_context
from manydb.tenants.settings_checks import check_sessions

BACKENDS = ("db", "cached_db", "cache", "file")


def stores() -> dict[str, Any]:
    found: dict[str, Any] = {"signed_cookies": cookie_sessions.SessionStore}
    for name in BACKENDS:
        store = import_string(f"django.contrib.sessions.backends.{name}.SessionStore")
        found[name] = type("SessionStore", (sessions.BoundToTenant, store), {})
    return found


class Stores(TestCase):
    def setUp(self) -> None:
        folder = self.enterContext(TemporaryDirectory())
        self.enterContext(override_settings(SESSION_FILE_PATH=folder))

    def saved(self, store: Any) -> str:
        session = store()
        session["user"] = "ada"
        session.save()
        return str(session.session_key)

    def test_none_opens_a_session_of_another_tenant_nor_ends_it(self) -> None:
        for name, store in stores().items():
            with self.subTest(name):
                with tenant_context("testclient"):
                    key = self.saved(store)
                with tenant_context(OTHER_TENANT):
                    self.assertEqual(dict(store(key).items()), {})
                    store(key).flush()
                self.assertEqual(dict(store(key).items()), {})
                with tenant_context("testclient"):
                    session = store(key)
                    self.assertEqual(dict(session.items()), {"user": "ada"})
                    self.assertEqual((session.session_key, session.modified), (key, False))

    def test_a_key_that_code_names_is_of_its_own_tenant_only(self) -> None:
        async def named(store: Any, key: str) -> bool:
            await store().adelete(key)
            return bool(await store().aexists(key))

        for name, store in stores().items():
            if name == "signed_cookies":  # which are kept nowhere
                continue
            with self.subTest(name):
                with tenant_context("testclient"):
                    key = self.saved(store)
                with tenant_context(OTHER_TENANT):
                    store().delete(key)
                    self.assertFalse(store().exists(key))
                    self.assertFalse(async_to_sync(named)(store, key))
                with tenant_context("testclient"):
                    self.assertTrue(store().exists(key))
                    self.assertFalse(async_to_sync(named)(store, key))
                    self.assertFalse(store().exists(key))

    def test_one_of_no_tenant_goes_on_with_the_first(self) -> None:
        for name, store in stores().items():
            with self.subTest(name):
                key = self.saved(store)
                if name == "cache":
                    continue  # which has a place of its own for what is nobody's
                with tenant_context("testclient"):
                    session = store(key)
                    self.assertEqual(session["user"], "ada")
                    self.assertTrue(session.modified)
                    session.save()
                with tenant_context(OTHER_TENANT):
                    self.assertEqual(dict(store(session.session_key).items()), {})

    async def test_so_it_is_in_async_views(self) -> None:
        for name, store in stores().items():
            with self.subTest(name):
                await (first := store()).aset("user", "ada")
                await first.asave()
                if name == "cache":
                    continue
                with tenant_context("testclient"):
                    session = store(first.session_key)
                    self.assertEqual(await session.aget("user"), "ada")
                    await session.asave()
                    self.assertEqual(await store(session.session_key).aget("user"), "ada")
                with tenant_context(OTHER_TENANT):
                    self.assertIsNone(await store(session.session_key).aget("user"))

    def test_the_check_knows_them(self) -> None:
        for module in (sessions, cookie_sessions):
            with override_settings(SESSION_ENGINE=module.__name__):
                self.assertEqual(check_sessions(None), [])
        with override_settings(SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies"):
            self.assertEqual([message.id for message in check_sessions(None)], ["manydb.W204"])


class InRequests(TestCase):
    databases = {"default", "TESTCLIENT", OTHER_TENANT.upper()}

    def setUp(self) -> None:
        get_user_model().objects.create_superuser("ada", password="for a test")
        self.client = self.visitor("testclient")
        self.client.post("/admin/login/", {"username": "ada", "password": "for a test"})

    def visitor(self, tenant: str, cookies: SimpleCookie | None = None) -> Client:
        client = Client(headers={"host": host_of(tenant)})
        client.cookies.update(cookies or {})
        return client

    def is_in(self, client: Client) -> bool:
        return client.get("/admin/").status_code == 200

    def test_a_cookie_of_another_tenant_is_none(self) -> None:
        self.assertTrue(self.is_in(self.client))
        self.assertTrue(self.is_in(self.visitor("testclient", self.client.cookies)))
        stranger = self.visitor(OTHER_TENANT, self.client.cookies)
        self.assertIn(settings.SESSION_COOKIE_NAME, stranger.get("/admin/").cookies)  # to end it
        self.assertFalse(self.is_in(stranger))

    def test_nor_can_another_tenant_end_or_take_the_session(self) -> None:
        stranger = self.visitor(OTHER_TENANT, self.client.cookies)
        stranger.post("/admin/logout/")
        stranger.post("/admin/login/", {"username": "ada", "password": "for a test"})
        self.assertTrue(self.is_in(stranger))
        self.assertTrue(self.is_in(self.client))
        self.assertEqual(Session.objects.count(), 2)

    def test_a_session_from_no_tenant_becomes_one_of_the_first_that_sees_it(self) -> None:
        client = self.visitor("testclient")
        client.force_login(get_user_model().objects.get())
        self.assertTrue(self.is_in(client))
        self.assertTrue(self.is_in(client))
        self.assertFalse(self.is_in(self.visitor(OTHER_TENANT, client.cookies)))

    def test_sessions_outlive_a_new_secret_key(self) -> None:
        with self.settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
            self.assertTrue(self.is_in(self.client))

    @override_settings(SESSION_ENGINE=cookie_sessions.__name__)
    def test_so_it_is_with_signed_cookies(self) -> None:
        client = self.visitor("testclient")
        client.post("/admin/login/", {"username": "ada", "password": "for a test"})
        self.assertTrue(self.is_in(client))
        stranger = self.visitor(OTHER_TENANT, client.cookies)
        self.assertIn(settings.SESSION_COOKIE_NAME, stranger.get("/admin/").cookies)
        self.assertFalse(self.is_in(stranger))
        self.assertTrue(self.is_in(self.visitor("testclient", client.cookies)))
