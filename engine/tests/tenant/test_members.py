"""Who is a member of a tenant: who signs up there, whom staff add, and whom a project's own rule names."""

from typing import Any
from unittest import mock

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q
from django.http import HttpResponse
from django.test import Client, override_settings

from manydb.core.exceptions import TenantRequired, UnknownDatabase
from manydb.core.routing import PER_TENANT
from manydb.tenants import is_member, make_member, membership_checks, tenant_context
from manydb.tenants.membership import rule
from manydb.tenants.membership.models import Membership
from manydb.tenants.membership_checks import check_members, check_users
from manydb.tenants.models import Tenant
from manydb.testing import member

from .members import OURS, PASSWORD, THEIRS, AsyncVisitor, MembershipCase


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
