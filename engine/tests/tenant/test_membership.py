"""A tenant is entered by its members: whoever else logs in there, in whatever way, is anonymous."""

import asyncio
import pickle
import sys
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, TestCase, TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.views.debug import ExceptionReporter
from django.views.decorators.debug import sensitive_variables

from manydb.tenants import admitted, tenant_context
from manydb.tenants.context import current_identity
from manydb.tenants.membership import admission
from manydb.tenants.membership.models import Membership
from manydb.tenants.models import Tenant
from manydb.testing import member

from . import members
from .members import OURS, PASSWORD, THEIRS, AsyncVisitor, MembershipCase

LOGGER = admission.__name__


class OwnQuery(BaseBackend):
    """A backend that derives from none of Django's, and knows its users in a way of its own."""

    def authenticate(self, request: Any, word: str | None = None) -> Any:
        return get_user_model().objects.filter(username=word).first()

    def get_user(self, user_id: Any) -> Any:
        return get_user_model().objects.filter(pk=user_id).first()


class Stricter(ModelBackend):
    def get_user(self, user_id: Any) -> Any:
        return super().get_user(user_id)


class Remembering(ModelBackend):
    """Keeps pickled users, as backends with a cache do."""

    kept: dict[Any, bytes] = {}

    def get_user(self, user_id: Any) -> Any:
        if user_id not in self.kept:
            self.kept[user_id] = pickle.dumps(get_user_model().objects.get(pk=user_id))
        return pickle.loads(self.kept[user_id])


BACKENDS = [f"{each.__module__}.{each.__name__}" for each in (OwnQuery, Stricter, Remembering)]


class Sessions(MembershipCase):
    def test_a_member_enters_and_a_stranger_is_anonymous(self) -> None:
        for page in ("/who/", "/who-async/"):
            with self.subTest(page):
                self.assertEqual(self.name_at(self.logged_in(OURS), page), "clerk")
                self.assertEqual(self.name_at(self.logged_in(THEIRS), page), "AnonymousUser")

    def test_accounts_are_shared_where_there_is_no_tenant(self) -> None:
        self.assertEqual(self.name_at(self.logged_in(None)), "clerk")

    def test_it_is_logged_once_for_a_session_which_ends(self) -> None:
        client = self.logged_in(THEIRS)
        with self.assertLogs(LOGGER) as logs:
            for page in ("/who/", "/who-async/", "/who/", "/admin/"):
                client.get(page)
        self.assertEqual(
            logs.output,
            [
                f"WARNING:{LOGGER}:User {self.clerk.pk} is not a member of tenant {THEIRS!r} and stays anonymous there."
            ],
        )
        self.assertFalse(client.cookies["sessionid"].value)

    def test_the_check_is_a_part_of_the_query_that_fetches_the_user(self) -> None:
        for tenant in (OURS, THEIRS):
            for on in (False, True):
                client = self.logged_in(tenant)
                # A session and a user; and a stranger's session is deleted, which Django looks up before.
                expected = 4 if on and tenant == THEIRS else 2
                with (
                    self.subTest(f"{tenant} {on}"),
                    override_settings(TENANT_MEMBERSHIP=on),
                    self.assertNumQueries(expected),
                ):
                    client.get("/who/")

    def test_superusers_pass(self) -> None:
        root = get_user_model().objects.create_superuser("root")
        with self.assertNoLogs(LOGGER):
            self.assertEqual(self.name_at(self.logged_in(THEIRS, root)), "root")
        self.assertFalse(Membership.objects.filter(user=root).exists())

    def test_who_is_removed_is_out_at_the_next_request(self) -> None:
        client = self.logged_in(OURS)
        self.assertEqual(self.name_at(client), "clerk")
        Membership.objects.all().delete()
        self.assertEqual(self.name_at(client), "AnonymousUser")

    def test_a_tenant_of_the_settings_keeps_its_identity_in_its_row(self) -> None:
        with tenant_context(OURS):
            self.assertEqual(str(Tenant.objects.get(name=OURS).uuid), current_identity())

    def test_another_tenant_of_the_same_name_has_no_members(self) -> None:
        client = self.logged_in(OURS)
        Tenant.objects.get(name=OURS).delete()
        Tenant.objects.create(name=OURS, database="another", state=Tenant.State.READY)
        self.assertEqual(self.name_at(client), "AnonymousUser")

    def test_a_renamed_tenant_keeps_its_members(self) -> None:
        Tenant.objects.filter(name=OURS).update(name=THEIRS)
        self.assertEqual(self.name_at(self.logged_in(THEIRS)), "clerk")
        self.assertEqual(self.name_at(self.logged_in(OURS)), "AnonymousUser")

    def test_it_is_off_unless_a_project_turns_it_on(self) -> None:
        with override_settings():
            del settings.TENANT_MEMBERSHIP
            self.assertEqual(self.name_at(self.logged_in(THEIRS)), "clerk")


class Logins(MembershipCase):
    def log_in(self, tenant: str) -> Client:
        client = self.visitor(tenant)
        client.post("/admin/login/", {"username": "clerk", "password": PASSWORD})
        return client

    def test_the_login_form_lets_members_in_and_tells_strangers_no_more_than_a_wrong_password(
        self,
    ) -> None:
        self.assertEqual(self.name_at(self.log_in(OURS)), "clerk")
        client = self.visitor(THEIRS)
        with self.assertLogs(LOGGER) as logs:
            wrong = client.post("/admin/login/", {"username": "clerk", "password": PASSWORD})
            self.assertEqual(self.name_at(client), "AnonymousUser")
        self.assertContains(wrong, "Please enter the correct username and password")
        self.assertEqual(len(logs.records), 1)
        self.assertFalse(Session.objects.exists() and "sessionid" in client.cookies)

    def test_a_login_takes_no_query_more(self) -> None:
        answers = {"username": "clerk", "password": PASSWORD}
        counts = []
        for on in (False, True):
            client = self.visitor(OURS)
            with (
                override_settings(TENANT_MEMBERSHIP=on),
                CaptureQueriesContext(connection) as queries,
            ):
                client.post("/admin/login/", answers)
            counts.append(len(queries))
        self.assertEqual(*counts)

    def test_no_backend_lets_a_stranger_in(self) -> None:
        with override_settings(
            AUTHENTICATION_BACKENDS=[*BACKENDS, "django.contrib.auth.backends.ModelBackend"]
        ):
            for credentials in ({"word": "clerk"}, {"username": "clerk", "password": PASSWORD}):
                with tenant_context(OURS):
                    self.assertEqual(authenticate(None, **credentials), self.clerk)
                with tenant_context(THEIRS), self.assertLogs(LOGGER) as logs:
                    self.assertIsNone(authenticate(None, **credentials))
                self.assertEqual(len(logs.records), 1)
            for backend in BACKENDS:
                with self.subTest(backend):
                    self.assertEqual(self.name_at(self.logged_in(OURS, backend=backend)), "clerk")
                    client = self.logged_in(THEIRS, backend=backend)
                    self.assertEqual(self.name_at(client), "AnonymousUser")

    def test_a_pickled_user_is_asked_about_again(self) -> None:
        Remembering.kept.clear()
        with override_settings(AUTHENTICATION_BACKENDS=BACKENDS):
            client = self.logged_in(OURS, backend=BACKENDS[2])
            self.assertEqual(self.name_at(client), "clerk")
            Membership.objects.all().delete()
            self.assertEqual(self.name_at(client), "AnonymousUser")
            member(self.clerk, OURS)
            client = self.logged_in(OURS, backend=BACKENDS[2])
            self.assertEqual(self.name_at(client), "clerk")

    def test_nor_does_login_with_a_user_whom_no_backend_returned(self) -> None:
        for page in ("/enter/?name=clerk", "/enter-async/?name=clerk"):
            with self.subTest(page):
                self.assertEqual(self.name_at(self.visitor(OURS), page), "clerk")
                client = self.visitor(THEIRS)
                self.assertEqual(self.name_at(client, page), "AnonymousUser")
                self.assertEqual(self.name_at(client), "AnonymousUser")

    def test_a_user_of_another_server_is_checked(self) -> None:
        remote = "django.contrib.auth.backends.RemoteUserBackend"
        with override_settings(AUTHENTICATION_BACKENDS=[remote]):
            with tenant_context(THEIRS):
                self.assertIsNone(authenticate(None, remote_user="clerk"))
            with tenant_context(OURS):
                self.assertEqual(authenticate(None, remote_user="clerk"), self.clerk)

    def test_what_finds_users_by_itself_asks_the_same_function(self) -> None:
        with tenant_context(OURS):
            self.assertIs(admitted(self.clerk), self.clerk)
        with tenant_context(THEIRS), self.assertLogs(LOGGER):
            self.assertIsInstance(admitted(self.clerk), AnonymousUser)
        self.assertIs(admitted(self.clerk), self.clerk)  # no tenant's
        for stranger in (AnonymousUser(), None):
            with tenant_context(THEIRS), self.assertNoLogs(LOGGER):
                self.assertIs(admitted(stranger), stranger)


class InEventLoops(TransactionTestCase):
    databases = {"default", "TESTCLIENT", "ACME"}

    async def test_requests_at_the_same_time_do_not_mix(self) -> None:
        user = await get_user_model().objects.acreate_user("clerk")
        await sync_to_async(member)(user, OURS)
        with override_settings(TENANT_MEMBERSHIP=True, ROOT_URLCONF=members.__name__):
            for _ in range(5):
                seen = await asyncio.gather(*(self.seen_by(user, at) for at in (OURS, THEIRS)))
                self.assertEqual(seen, [b"clerk", b"AnonymousUser"])

    async def seen_by(self, user: Any, tenant: str) -> bytes:
        client = AsyncVisitor(tenant)
        await client.aforce_login(user)
        page: Any = await client.get("/who-async/")
        content: bytes = page.content
        return content


class Broken(BaseBackend):
    @sensitive_variables()
    def authenticate(self, request: Any, password: str = "", **kwargs: Any) -> Any:
        raise RuntimeError("broken")


@override_settings(AUTHENTICATION_BACKENDS=[f"{__name__}.Broken"])
class ErrorPages(TestCase):
    def test_an_error_while_a_user_signs_in_shows_no_password(self) -> None:
        try:
            authenticate(None, username="eve", password=PASSWORD)
        except RuntimeError:
            page = ExceptionReporter(None, *sys.exc_info()).get_traceback_html()
        self.assertIn("RuntimeError", page)
        self.assertIn("in synchronous", page)
        self.assertNotIn(PASSWORD, page)
