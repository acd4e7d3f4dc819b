"""The catalog in the admin shows tenants and gives them host names; the rest is for commands."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.exceptions import DisallowedHost
from django.db import connections
from django.http import HttpResponse
from django.test import Client, RequestFactory, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engine.tests.names import host_of
from manydb.tenants.context import current_tenant
from manydb.tenants.middleware import tenant_from_request
from manydb.tenants.models import Hostname, Tenant

OURS = "manydb.tenants.resolvers"
TENANTS = reverse("admin:manydb_tenants_tenant_changelist")


def seen_by(host: str) -> str | None:
    """The tenant that is active in a request to this host."""
    respond = tenant_from_request(lambda request: HttpResponse(current_tenant()))
    response: HttpResponse = respond(RequestFactory().get("/", headers={"host": host}))
    return response.content.decode()


class CatalogAdmin(TestCase):
    def setUp(self) -> None:
        self.tenant = Tenant.objects.create(name="newcomer", database="newcomer", state="ready")
        self.page = reverse("admin:manydb_tenants_tenant_change", args=[self.tenant.pk])
        self.user = get_user_model().objects.create_superuser("root")
        self.client.force_login(self.user)

    def give(self, host: str, **fields: str) -> HttpResponse:
        rows = {"hostnames-TOTAL_FORMS": "1", "hostnames-INITIAL_FORMS": "0"}
        return self.client.post(self.page, rows | {"hostnames-0-host": host} | fields)

    def test_it_shows_every_row(self) -> None:
        Tenant.objects.create(name="away", database="away", state="suspended", server="east")
        page = self.client.get(TENANTS, {"q": "a"})
        for text in ("away", "suspended", "east"):
            self.assertContains(page, text)
        self.assertContains(self.client.get(TENANTS, {"state": "ready"}), "newcomer")

    def test_a_page_has_a_hundred_rows_and_as_many_queries_as_with_one(self) -> None:
        asked = []
        for many in (0, 300):
            rows = [Tenant(name=f"m{n}", database=f"m{n}", state="ready") for n in range(many)]
            Tenant.objects.bulk_create(rows)
            with CaptureQueriesContext(connections["default"]) as queries:
                page = self.client.get(TENANTS)
            asked.append(len(queries))
        self.assertEqual(asked[0], asked[1])
        self.assertContains(page, 'class="field-state"', count=100)
        self.assertContains(self.client.get(TENANTS, {"p": "4"}), "newcomer")

    def test_each_order_and_filter_of_a_page_has_an_index(self) -> None:
        connection = connections["default"]
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, Tenant._meta.db_table)
        indexes = [
            tuple(each["columns"]) for each in found.values() if each["index"] or each["unique"]
        ]
        for first in ("name", "state", "server"):
            self.assertIn(first, [columns[0] for columns in indexes])
        self.assertIn(("state", "name"), indexes)

    def test_no_row_is_made_changed_or_removed_by_hand(self) -> None:
        before = Tenant.objects.values().get()
        self.give("shop.example.com", state="failed", database="another", name="another")
        self.assertEqual(Tenant.objects.values().get(), before)
        for page in ("add", "delete"):
            args = [self.tenant.pk] if page == "delete" else []
            address = reverse(f"admin:manydb_tenants_tenant_{page}", args=args)
            self.assertEqual(self.client.post(address, {"post": "yes"}).status_code, 403)
        rows = {"action": "delete_selected", "_selected_action": self.tenant.pk, "post": "yes"}
        self.client.post(TENANTS, rows)
        self.assertEqual(Tenant.objects.values().get(), before)

    @override_settings(TENANT_RESOLVERS=[f"{OURS}.hostname", f"{OURS}.subdomain"])
    @override_settings(ALLOWED_HOSTS=["*"])
    def test_a_host_name_is_served_at_once_and_not_after_it_is_taken_away(self) -> None:
        with self.assertRaises(DisallowedHost):
            seen_by("shop.example.com")
        with self.captureOnCommitCallbacks(execute=True):
            self.assertEqual(self.give("Shop.example.com").status_code, 302)
        self.assertEqual(seen_by("shop.example.com"), "newcomer")
        Hostname.objects.get().delete()
        with self.assertRaises(DisallowedHost):
            seen_by("shop.example.com")

    @override_settings(TENANT_RESOLVERS=[f"{OURS}.hostname", f"{OURS}.subdomain"])
    @override_settings(ALLOWED_HOSTS=["*"])
    def test_nobody_gets_the_host_name_of_another_tenant(self) -> None:
        for host in (host_of("testclient"), "testserver", "shop.example.com:80", "shop", "a b.c"):
            with self.subTest(host):
                self.assertContains(self.give(host), "such as shop.example.com")
        Hostname.objects.create(tenant=self.tenant, host=host_of("testclient"))
        self.assertEqual(seen_by(host_of("testclient")), "testclient")

    def test_its_rights_can_be_given_to_shared_accounts(self) -> None:
        rights = Permission.objects.filter(content_type__app_label="manydb_tenants")
        self.assertTrue(rights.filter(codename="view_tenant").exists())

    def test_it_is_not_on_a_tenants_host(self) -> None:
        visitor = Client(headers={"host": host_of("testclient")})
        visitor.force_login(self.user)
        self.assertEqual(visitor.get(TENANTS).status_code, 403)
