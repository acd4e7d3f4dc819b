"""A tenant is entered by its members: whoever else logs in there, in whatever way, is anonymous."""

import asyncio
import pickle
import sys
from contextlib import nullcontext
from typing import Any
from unittest import mock

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import alogin, authenticate, get_user_model, login
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, TestCase, TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from django.views.debug import ExceptionReporter
from django.views.decorators.debug import sensitive_variables

from engine.tests.names import OTHER_TENANT, host_of
from manydb.core.exceptions import TenantRequired, UnknownDatabase
from manydb.core.routing import PER_TENANT
from manydb.tenants import admitted, is_member, make_member, membership_checks, tenant_context
from manydb.tenants.context import current_identity
from manydb.tenants.membership import admission, rule
from manydb.tenants.membership.models import Membership
from manydb.tenants.membership_checks import check_members, check_users
from manydb.tenants.models import Tenant
from manydb.testing import member

OURS, THEIRS = "testclient", OTHER_TENANT
PASSWORD = "for a test"
LOGGER = admission.__name__


def who(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.user} {request.user.is_authenticated and request.user.is_staff}")


async def who_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(await request.auser()))


def enter(request: HttpRequest) -> HttpResponse:
    """As after a password reset: the user is known, and no backend was asked."""
    user = get_user_model().objects.get(username=request.GET["name"])
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponse(str(request.user))


async def enter_async(request: HttpRequest) -> HttpResponse:
    user = await get_user_model().objects.aget(username=request.GET["name"])
    await alogin(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponse(str(request.user))


def sign_up(request: HttpRequest) -> HttpResponse:
    user = get_user_model().objects.create_user(request.GET["name"], password=PASSWORD)
    login(request, user)
    return HttpResponse(str(request.user))


urlpatterns = [
    path("who/", who),
    path("who-async/", who_async),
    path("enter/", enter),
    path("enter-async/", enter_async),
    path("sign-up/", sign_up),
    path("", include("engine.site.urls")),
]


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


@override_settings(TENANT_MEMBERSHIP=True, ROOT_URLCONF=__name__)
class MembershipCase(TestCase):
    databases = {"default", "TESTCLIENT", "ACME"}

    @classmethod
    def setUpTestData(cls) -> None:
        users = get_user_model().objects
        cls.clerk = users.create_user("clerk", password=PASSWORD, is_staff=True)
        member(cls.clerk, OURS)

    def visitor(self, tenant: str | None) -> Client:
        return Client(headers={"host": host_of(tenant) if tenant else "testserver"})

    def logged_in(self, tenant: str | None, user: Any = None, **kwargs: Any) -> Client:
        """A client whose session was there before: where it began it was the tenant's."""
        client = self.visitor(tenant)
        there = tenant_context(tenant) if tenant else nullcontext()
        with override_settings(TENANT_MEMBERSHIP=False), there:
            client.force_login(user or self.clerk, **kwargs)
        return client

    def name_at(self, client: Client, page: str = "/who/") -> str:
        return client.get(page).content.decode().split()[0]


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
                f"WARNING:{LOGGER}:User {self.clerk.pk} is no member of tenant {THEIRS!r} and stays anonymous there."
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


class AsyncVisitor(AsyncClient):
    """Names one host: Django's own sends "testserver" as well."""

    def __init__(self, tenant: str) -> None:
        super().__init__()
        self.host = host_of(tenant).encode()

    async def request(self, **request: Any) -> Any:
        others = [(name, value) for name, value in request["headers"] if name != b"host"]
        request["headers"] = [*others, (b"host", self.host)]
        return await super().request(**request)


class InEventLoops(TransactionTestCase):
    databases = {"default", "TESTCLIENT", "ACME"}

    async def test_requests_at_the_same_time_do_not_mix(self) -> None:
        user = await get_user_model().objects.acreate_user("clerk")
        await sync_to_async(member)(user, OURS)
        with override_settings(TENANT_MEMBERSHIP=True, ROOT_URLCONF=__name__):
            for _ in range(5):
                seen = await asyncio.gather(*(self.seen_by(user, at) for at in (OURS, THEIRS)))
                self.assertEqual(seen, [b"clerk", b"AnonymousUser"])

    async def seen_by(self, user: Any, tenant: str) -> bytes:
        client = AsyncVisitor(tenant)
        await client.aforce_login(user)
        page: Any = await client.get("/who-async/")
        content: bytes = page.content
        return content


class SigningUp(MembershipCase):
    def test_who_signs_up_on_a_tenants_host_is_its_member(self) -> None:
        client = self.visitor(THEIRS)
        self.assertEqual(self.name_at(client, "/sign-up/?name=ada"), "ada")
        self.assertEqual(self.name_at(client), "ada")
        row = Membership.objects.get(user__username="ada")
        self.assertEqual(row.tenant.name, THEIRS)

    def test_and_of_no_tenant_elsewhere(self) -> None:
        self.visitor(None).get("/sign-up/?name=ada")
        self.assertFalse(Membership.objects.filter(user__username="ada").exists())

    def test_staff_add_users_to_their_own_tenant(self) -> None:
        client = self.logged_in(THEIRS, get_user_model().objects.create_superuser("root"))
        client.post(
            "/admin/users/user/add/",
            {"username": "grace", "password1": "Kx7-quarry", "password2": "Kx7-quarry"}
            | {"usable_password": "true"},
        )
        self.assertEqual(Membership.objects.get(user__username="grace").tenant.name, THEIRS)

    def test_the_handler_can_be_replaced(self) -> None:
        with override_settings(TENANT_SIGN_UP=f"{__name__}.note"):
            self.name_at(self.visitor(THEIRS), "/sign-up/?name=ada")
        self.assertEqual(NOTED.pop(), ("ada", THEIRS))
        with override_settings(TENANT_SIGN_UP=None):
            client = self.visitor(THEIRS)
            self.assertEqual(self.name_at(client, "/sign-up/?name=grace"), "AnonymousUser")
        self.assertFalse(Membership.objects.exclude(user=self.clerk).exists())

    def test_nothing_is_made_while_membership_is_off(self) -> None:
        with override_settings(TENANT_MEMBERSHIP=False):
            self.visitor(THEIRS).get("/sign-up/?name=ada")
        self.assertFalse(Membership.objects.filter(user__username="ada").exists())


NOTED: list[tuple[str, str]] = []


def note(user: Any, tenant: str) -> None:
    NOTED.append((user.username, tenant))


class InTests(MembershipCase):
    def test_force_login_makes_a_member_inside_of_tenant_context(self) -> None:
        client = self.visitor(THEIRS)
        with tenant_context(THEIRS):
            client.force_login(self.clerk)
        self.assertEqual(self.name_at(client), "clerk")

    async def test_so_does_aforce_login(self) -> None:
        client = AsyncVisitor(THEIRS)
        with tenant_context(THEIRS):
            await client.aforce_login(self.clerk)
        self.assertEqual((await client.get("/who-async/")).content, b"clerk")

    def test_force_login_elsewhere_makes_none(self) -> None:
        client = self.visitor(THEIRS)
        client.force_login(self.clerk)
        self.assertEqual(self.name_at(client), "AnonymousUser")

    def test_a_helper_makes_one(self) -> None:
        self.assertIs(member(self.clerk, THEIRS), self.clerk)
        with tenant_context(THEIRS):
            member(self.clerk)  # once more
        self.assertTrue(is_member(self.clerk, THEIRS))
        with self.assertRaisesRegex(TenantRequired, "tenant_context"):
            member(self.clerk)
        with self.assertRaises(UnknownDatabase):
            member(self.clerk, "nobody")

    def test_a_test_that_logs_in_with_a_password_needs_a_member(self) -> None:
        for tenant, expected in ((OURS, True), (THEIRS, False)):
            with tenant_context(tenant):
                self.assertIs(Client().login(username="clerk", password=PASSWORD), expected)


def staff_of_any(tenant: str) -> Q:
    return Q(is_staff=True)


def of_groups(tenant: str) -> Q:
    """Through a relation to many rows."""
    return Q(groups__name__startswith=tenant)


def staff_or_members(tenant: str) -> Q:
    return Q(is_staff=True) | Q(rule.members_of(tenant))


class OwnRules(MembershipCase):
    def test_a_rule_is_a_condition_on_users(self) -> None:
        own = f"{__name__}.{staff_of_any.__name__}"
        ada = get_user_model().objects.create_user("ada")
        with override_settings(TENANT_MEMBERSHIP_RULE=own):
            self.assertEqual(self.name_at(self.logged_in(THEIRS)), "clerk")
            self.assertEqual(self.name_at(self.logged_in(THEIRS, ada)), "AnonymousUser")

    def test_it_may_look_at_many_rows_and_takes_no_query_more(self) -> None:
        own = f"{__name__}.{of_groups.__name__}"
        for number in (1, 2):
            self.clerk.groups.add(Group.objects.create(name=f"{THEIRS} {number}"))
        with override_settings(TENANT_MEMBERSHIP_RULE=own):
            client = self.logged_in(THEIRS)
            with self.assertNumQueries(2):
                self.assertEqual(self.name_at(client), "clerk")
            self.assertEqual(self.name_at(self.logged_in(OURS)), "AnonymousUser")

    def test_it_may_extend_the_default(self) -> None:
        ada, grace = map(get_user_model().objects.create_user, ("ada", "grace"))
        member(ada, THEIRS)
        with override_settings(TENANT_MEMBERSHIP_RULE=f"{__name__}.staff_or_members"):
            for user, name in ((self.clerk, "clerk"), (ada, "ada"), (grace, "AnonymousUser")):
                self.assertEqual(self.name_at(self.logged_in(THEIRS, user)), name)

    def test_it_needs_no_table_of_members(self) -> None:
        with mock.patch.object(rule, "APP", "not.installed"):
            (error,) = check_members(None)
            self.assertEqual(error.id, "manydb.E202")
            self.assertIn('"manydb.tenants.membership"', str(error.hint))
            with tenant_context(OURS), self.assertRaises(ImproperlyConfigured):
                make_member(self.clerk)
            with override_settings(TENANT_MEMBERSHIP_RULE=f"{__name__}.staff_of_any"):
                self.assertEqual(check_members(None), [])
                with tenant_context(THEIRS):
                    ada = get_user_model().objects.create_user("ada")
                self.assertFalse(is_member(ada, THEIRS))
                self.assertTrue(is_member(self.clerk, THEIRS))
        self.assertEqual(check_members(None), [])


class Checks(MembershipCase):
    def test_users_in_tenants_databases_need_no_table_of_members(self) -> None:
        self.assertEqual(check_users(None), [])
        with mock.patch.object(membership_checks, "home_of", lambda model: PER_TENANT):
            (error,) = check_users(None)
        self.assertEqual(error.id, "manydb.E203")
        self.assertIn("users.User", error.msg)


class Admin(MembershipCase):
    def page(self, host: str | None, address: str, **data: Any) -> HttpResponse:
        root, _ = get_user_model().objects.get_or_create(
            username="root", is_superuser=True, is_staff=True
        )
        client = self.logged_in(host, root)
        response: Any = client.post(address, data) if data else client.get(address)
        return response

    def test_staff_see_and_add_members_on_the_base_domain(self) -> None:
        address = "/admin/manydb_membership/membership/"
        self.assertContains(self.page(None, f"{address}?q=clerk"), "1 result")
        theirs = Tenant.objects.create(name=THEIRS, database="acme", state=Tenant.State.READY)
        answer = self.page(None, f"{address}add/", user=self.clerk.pk, tenant=theirs.pk)
        self.assertEqual(answer.status_code, 302)
        self.assertTrue(is_member(self.clerk, THEIRS))

    def test_a_tenants_staff_can_not_make_themselves_members_of_others(self) -> None:
        for address in ("", "add/", f"{Membership.objects.get().pk}/change/"):
            answer = self.page(OURS, f"/admin/manydb_membership/membership/{address}")
            self.assertEqual(answer.status_code, 403)


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
