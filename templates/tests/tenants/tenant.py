"""Tests of code that works for a tenant. Copy from here; ``TESTCLIENT`` and ``OTHERCLIENT`` are there for tests only."""

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, TestCase, override_settings
from django.urls import path
from manydb.exceptions import TenantRequired, WrongTenant
from manydb.replicas import use_primary
from manydb.tenants import current_tenant, for_every_tenant, tenant_atomic, tenant_context
from manydb.tenants.middleware import tenant_from_request
from manydb.testing import assert_reads_from, member

from .models import Folder, Note


def notes(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join(Note.objects.values_list("text", flat=True)))


def me(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.user.get_username())


urlpatterns = [path("notes/", notes), path("me/", me)]


class ATenantsWork(TestCase):
    """A test names the databases, and makes a tenant active as other code outside of requests does."""

    databases = {"default", "TESTCLIENT"}

    def setUp(self) -> None:
        self.enterContext(tenant_context("testclient"))

    def test_models_are_those_of_the_active_tenant(self) -> None:
        ours = Note.objects.create(text="Ours")
        self.assertEqual((Note.objects.get(), ours._state.db), (ours, "TESTCLIENT"))
        self.assertEqual(current_tenant(), "testclient")

    def test_reads_outside_of_requests_can_be_sent_to_the_primary(self) -> None:
        with use_primary(), assert_reads_from("TESTCLIENT"):
            Note.objects.exists()

    def test_a_transaction_is_on_the_tenants_database(self) -> None:
        with self.assertRaises(ZeroDivisionError), tenant_atomic():
            Note.objects.create(text="Not kept")
            raise ZeroDivisionError
        self.assertFalse(Note.objects.exists())


class WithoutATenant(TestCase):
    databases = {"default", "TESTCLIENT"}

    def test_a_query_says_what_is_missing(self) -> None:
        with self.assertRaisesRegex(TenantRequired, "tenant_context"):
            Note.objects.exists()

    def test_a_decorator_makes_a_tenant_active(self) -> None:
        @tenant_context("testclient")
        def count() -> int:
            return Note.objects.count()

        self.assertEqual(count(), 0)
        self.assertIsNone(current_tenant())


class TwoTenants(TestCase):
    databases = {"default", "TESTCLIENT", "OTHERCLIENT"}

    def setUp(self) -> None:
        with tenant_context("otherclient"):
            self.theirs = Note.objects.create(text="Theirs")

    def test_each_has_its_own_rows(self) -> None:
        with tenant_context("testclient"):
            self.assertFalse(Note.objects.exists())

    @tenant_context("testclient")
    def test_an_object_of_another_tenant_is_refused(self) -> None:
        with self.assertRaises(WrongTenant):
            self.theirs.save()
        with self.assertRaises(WrongTenant):
            Note.objects.filter(folder__notes=self.theirs).exists()

    @tenant_context("testclient")
    def test_rows_are_copied_by_their_values(self) -> None:
        with tenant_context("otherclient"):
            text = Note.objects.get().text
        self.assertEqual(Note.objects.create(text=text)._state.db, "TESTCLIENT")

    def test_work_for_every_tenant(self) -> None:
        def tidy(name: str) -> None:
            Folder.objects.create(name=name)

        self.assertEqual(for_every_tenant(tidy, "Archive"), 2)
        for tenant in ("testclient", "otherclient"):
            with tenant_context(tenant):
                self.assertEqual(Folder.objects.get().name, "Archive")


@override_settings(ROOT_URLCONF=__name__)
class Requests(TestCase):
    """The host of a request says whose it is."""

    databases = {"default", "TESTCLIENT", "OTHERCLIENT"}

    def setUp(self) -> None:
        with tenant_context("testclient"):
            Note.objects.create(text="Ours")

    def test_a_page_shows_the_rows_of_its_tenant(self) -> None:
        for host, text in [("testclient.testserver", b"Ours"), ("otherclient.testserver", b"")]:
            with self.subTest(host):
                page = Client(headers={"host": host}).get("/notes/")
                self.assertEqual(page.content, text)

    def test_an_unknown_tenant_is_not_found(self) -> None:
        page = Client(headers={"host": "nobody.testserver"}).get("/notes/")
        self.assertEqual(page.status_code, 404)

    def test_members_enter_their_tenant_and_no_other(self) -> None:
        ada = member(get_user_model().objects.create_user("ada"), "testclient")
        for host, name in [("testclient.testserver", "ada"), ("otherclient.testserver", "")]:
            with self.subTest(host):
                client = Client(headers={"host": host})
                client.force_login(ada)
                self.assertEqual(client.get("/me/").content.decode(), name)

    def test_a_view_is_called_with_the_middleware_that_finds_the_tenant(self) -> None:
        request = RequestFactory(headers={"host": "testclient.testserver"}).get("/notes/")
        self.assertEqual(tenant_from_request(notes)(request).content, b"Ours")
