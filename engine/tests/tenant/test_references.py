"""A tenant's row refers to a user and to a row of another shared database."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, TestCase, override_settings
from django.urls import path

from engine.site.bookshelf.models import Book
from engine.site.notes.models import Receipt
from engine.site.users.models import User
from manydb.admin import DatabaseAdmin
from manydb.exceptions import TenantRequired, WrongTenant
from manydb.replicas import use_replica
from manydb.tenants import tenant_context
from manydb.testing import aliases_used


def receipts(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        Receipt.objects.create(number="2", created_by=request.user)
    with aliases_used() as used:
        lines = [
            f"{receipt.number} by {receipt.created_by} for {receipt.book}"
            for receipt in Receipt.objects.order_by("number")
        ]
    return HttpResponse("; ".join([*lines, *sorted(set(used))]))


urlpatterns = [path("", receipts)]


class ReceiptAdmin(DatabaseAdmin):
    list_display = ("number", "created_by", "book")


@override_settings(ROOT_URLCONF=__name__)
class OfATenant(TestCase):
    databases = {"default", "accounts", "ACME", "GLOBEX"}

    def setUp(self) -> None:
        self.ann = User.objects.create_user("ann")
        self.book = Book.objects.create(title="Emma")
        with tenant_context("acme"):
            self.receipt = Receipt.objects.create(number="1", created_by=self.ann, book=self.book)

    def client_of(self, tenant: str) -> Client:
        client = Client(headers={"host": f"{tenant}.testserver"})
        with tenant_context(tenant):
            client.force_login(self.ann)
        return client

    def test_users_are_read_from_their_primary_and_other_rows_where_the_request_reads(self) -> None:
        client = self.client_of("acme")
        self.assertEqual(
            client.get("/").content.decode(), "1 by ann for Emma; ACME_RO; accounts_RO; default"
        )
        self.assertEqual(
            client.post("/").content.decode(),
            "1 by ann for Emma; 2 by ann for None; ACME; accounts; default",
        )

    def test_another_tenant_has_none_of_them(self) -> None:
        page = self.client_of("globex").post("/").content.decode()
        self.assertTrue(page.startswith("2 by ann for None; "), page)

    def test_the_queries_are_the_active_tenants(self) -> None:
        self.assertRaises(
            TenantRequired, lambda: Receipt.objects.filter(created_by=self.ann).exists()
        )
        with tenant_context("globex"):
            self.assertFalse(Receipt.objects.filter(created_by=self.ann).exists())
            self.assertRaises(WrongTenant, self.receipt.save)
        with tenant_context("acme"), use_replica(), aliases_used() as used:
            found = Receipt.objects.filter(
                created_by__in=User.objects.filter(username="ann")
            ).prefetch_related("created_by", "book")
            self.assertEqual([(row.created_by, row.book) for row in found], [(self.ann, self.book)])
        self.assertEqual(used, ["default", "ACME_RO", "default", "accounts_RO"])

    def test_rows_are_updated_with_objects(self) -> None:
        bob = User.objects.create_user("bob")
        with tenant_context("acme"):
            Receipt.objects.update(created_by=bob, book=None, number="3")
            found = Receipt.objects.get()
            self.assertEqual((found.created_by, found.book, found.number), (bob, None, "3"))

    def test_a_list_of_the_admin_reads_them_with_one_query(self) -> None:
        with tenant_context("acme"):
            Receipt.objects.create(number="2", created_by=self.ann)
            request = RequestFactory(headers={"host": "acme.testserver"}).get("/")
            rows = ReceiptAdmin(Receipt, AdminSite()).get_queryset(request)
            with (
                self.assertNumQueries(1, using="default"),
                self.assertNumQueries(1, using="accounts"),
            ):
                self.assertEqual([row.created_by for row in rows], [self.ann, self.ann])
                self.assertEqual({row.book for row in rows}, {self.book, None})
