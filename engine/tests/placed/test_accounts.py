"""With ``auth``, the users' app and ``sessions`` in TENANT_APPS each tenant has accounts of its own."""

from io import StringIO
from unittest.mock import patch

from django.contrib.admin.models import LogEntry
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.tokens import default_token_generator
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client, TestCase

from engine.site.magazine.models import Section
from engine.tests.names import host_of
from manydb.core.placement import shared_alias
from manydb.exceptions import TenantRequired
from manydb.tenants import tenant_context

User = get_user_model()
TENANTS = ("testclient", "acme")


class Accounts(TestCase):
    databases = {"default", "TESTCLIENT", "ACME"}

    @classmethod
    def setUpTestData(cls) -> None:
        for name in TENANTS:
            with tenant_context(name):
                User.objects.create_superuser("ada", password=f"pw of {name}")

    def client_of(self, tenant: str) -> Client:
        return Client(headers={"host": host_of(tenant)})

    def log_in(self, client: Client, password: str, **headers: str) -> int:
        data = {"username": "ada", "password": password}
        return client.post("/admin/login/?next=/admin/", data, headers=headers or None).status_code

    def test_a_password_opens_one_tenant_only(self) -> None:
        for name in TENANTS:
            for password_of in TENANTS:
                with self.subTest(host=name, password=password_of):
                    status = self.log_in(self.client_of(name), f"pw of {password_of}")
                    self.assertEqual(status, 302 if name == password_of else 200)

    def test_a_session_is_in_the_tenants_database_and_good_there_alone(self) -> None:
        client = self.client_of("acme")
        self.log_in(client, "pw of acme")
        self.assertEqual(client.get("/admin/").status_code, 200)
        counts = [Session.objects.using(name.upper()).count() for name in TENANTS]
        self.assertEqual(counts, [0, 1])
        there = client.get("/admin/", headers={"host": host_of("testclient")})
        self.assertEqual(there.status_code, 302)

    def test_a_superuser_is_a_tenants(self) -> None:
        words = ["createsuperuser", "--noinput", "--username", "eve", "--email", "eve@example.com"]
        sentence = "users.User lives in each tenant's database"
        with self.assertRaisesMessage(
            (CommandError, TenantRequired), sentence if shared_alias() == "default" else ""
        ):
            call_command(*words)
        with patch.dict("os.environ", DJANGO_SUPERUSER_PASSWORD="pw"):
            call_command("tenant_command", "acme", "--", *words, stdout=StringIO())
        self.assertEqual(
            [User.objects.using(name.upper()).filter(username="eve").count() for name in TENANTS],
            [0, 1],
        )

    def test_permissions_and_groups_are_the_tenants(self) -> None:
        with tenant_context("acme"):
            user = User.objects.create_user("bob", pk=1000)
            group = Group.objects.create(name="Editors")
            group.permissions.add(Permission.objects.get(codename="change_section"))
            user.groups.add(group)
            self.assertTrue(user.has_perm("magazine.change_section"))
        with tenant_context("testclient"):
            other = User.objects.create_user("bob", pk=user.pk)
            self.assertFalse(other.has_perm("magazine.change_section"))
            self.assertFalse(Group.objects.exists())

    def test_the_admins_log_is_the_tenants(self) -> None:
        with tenant_context("acme"):
            section = Section.objects.create(name="Politics")
            ada = User.objects.get()
            LogEntry.objects.log_actions(ada.pk, [section], 2, "changed", single_object=True)
            self.assertEqual(LogEntry.objects.get().get_edited_object(), section)
        self.assertFalse(LogEntry.objects.using("TESTCLIENT").exists())

    def test_a_password_reset_of_one_tenant_is_refused_by_the_other(self) -> None:
        with tenant_context("acme"):
            token = default_token_generator.make_token(User.objects.get())
        with tenant_context("testclient"):
            self.assertFalse(default_token_generator.check_token(User.objects.get(), token))

    def test_nobody_can_log_in_where_no_tenant_is(self) -> None:
        with self.assertRaises(TenantRequired):
            authenticate(username="ada", password="pw of acme")
        self.assertEqual(Client(headers={"host": "testserver"}).get("/admin/").status_code, 302)

    def test_commands_make_accounts_in_the_tenant_that_they_are_told(self) -> None:
        make = ["createsuperuser", "--no-input", "--email=e@example.com"]
        call_command("tenant_command", "--", "acme", *make, "--username=eve")
        call_command(*make, "--database=ACME", "--username=eva")
        self.assertEqual(User.objects.using("ACME").filter(username__in=["eve", "eva"]).count(), 2)
        self.assertEqual(User.objects.using("TESTCLIENT").count(), 1)
        self.assertNotIn("users_user", connections[shared_alias()].introspection.table_names())

    def test_content_types_are_kept_for_each_tenant(self) -> None:
        kinds = []
        for name in TENANTS:
            with tenant_context(name):
                kinds.append(ContentType.objects.get_for_model(Section))
        self.assertEqual([kind._state.db for kind in kinds], ["TESTCLIENT", "ACME"])
