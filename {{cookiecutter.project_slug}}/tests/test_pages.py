"""What the start page and the admin show, on the base domain and on a tenant's host."""

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client, TestCase, override_settings
from manydb.routers import facts

from {{ cookiecutter.project_slug }}.settings.databases import SHARED

from .expectations import TENANTS_ADMIN_CAN_CHANGE
from .models import Folder, Note, OldNote, Tag

TENANTS_HOST = "testclient.testserver"
SHARED_ALIASES = [database.alias for database in SHARED]


class PagesCase(TestCase):
    databases = {*SHARED_ALIASES, "TESTCLIENT"}

    def visitor(self, host: str) -> Client:
        return Client(headers={"host": host})

    def staff(self, host: str) -> Client:
        client = self.visitor(host)
        user, _ = get_user_model().objects.get_or_create(
            username=f"staff of {host}", is_staff=True, is_superuser=True
        )
        client.force_login(user)
        return client


class StartPage(PagesCase):
    def test_it_says_whose_it_is(self) -> None:
        named = '<strong id="tenant">testclient</strong>'
        self.assertContains(self.visitor(TENANTS_HOST).get("/"), named, html=True)
        self.assertNotContains(self.visitor("testserver").get("/"), "testclient")
        self.assertContains(self.visitor("testserver").get("/"), settings.PROJECT_NAME)

    def test_an_unknown_tenant_is_not_found(self) -> None:
        self.assertEqual(self.visitor("nobody.testserver").get("/").status_code, 404)

    def test_strangers_see_nothing_about_the_databases(self) -> None:
        self.assertEqual(self.visitor("testserver").get("/manual/README.md").status_code, 404)
        for host in ("testserver", TENANTS_HOST):
            with self.subTest(host):
                self.assertNotContains(self.visitor(host).get("/"), "TESTCLIENT")

    def test_staff_see_the_databases_that_the_host_may_see(self) -> None:
        page = self.staff(TENANTS_HOST).get("/")
        shown = [database.alias for database in page.context["databases"]]
        visible = [alias for alias in connections if facts(alias)["TENANT"] in {None, "testclient"}]
        self.assertEqual(shown, visible)
        self.assertContains(page, '<th scope="row">TESTCLIENT_RO</th>', html=True)

    @override_settings(DEBUG=True)
    def test_so_does_everybody_in_development(self) -> None:
        page = self.visitor(TENANTS_HOST).get("/")
        self.assertContains(page, '<th scope="row">TESTCLIENT</th>', html=True)
        self.assertContains(page, "/manual/README.md")
        self.assertContains(self.visitor(TENANTS_HOST).get("/manual/README.md"), "tutorial")

    def test_staff_see_its_legacy_tables_on_a_tenants_host(self) -> None:
        page = self.staff(TENANTS_HOST).get("/")
        tables = {table.name for found in page.context["legacy"] for table in found.tables}
        self.assertIn("oldnotes", tables)
        self.assertNotContains(self.visitor(TENANTS_HOST).get("/"), "oldnotes")


class Admin(PagesCase):
    list = "/admin/tests/note/"

    @classmethod
    def setUpTestData(cls) -> None:
        cls.folder = Folder.objects.using("TESTCLIENT").create(name="Garden")
        cls.tag = Tag.objects.using("TESTCLIENT").create(name="urgent")
        cls.note = Note.objects.using("TESTCLIENT").create(text="Plant trees", folder=cls.folder)
        cls.note.tags.add(cls.tag)

    def test_a_tenants_models_show_on_its_host(self) -> None:
        client = self.staff(TENANTS_HOST)
        self.assertContains(client.get("/admin/"), self.list)
        self.assertContains(client.get(self.list), "Plant trees")

    def test_an_object_shows_with_what_it_is_related_to(self) -> None:
        page = self.staff(TENANTS_HOST).get(f"{self.list}{self.note.pk}/change/")
        for name in ("Plant trees", "Garden", "urgent"):
            self.assertContains(page, name)

    def test_and_not_on_the_base_domain(self) -> None:
        client = self.staff("testserver")
        self.assertNotContains(client.get("/admin/"), self.list)
        self.assertEqual(client.get(self.list).status_code, 403)

    def test_shared_models_show_on_both(self) -> None:
        for host in ("testserver", TENANTS_HOST):
            with self.subTest(host):
                self.assertContains(self.staff(host).get("/admin/users/user/"), host)

    def test_a_tenants_models_can_be_changed_if_the_router_finds_their_database(self) -> None:
        answers = {"text": "Water them", "folder": self.folder.pk, "tags": [self.tag.pk]}
        for form in (f"{self.list}add/", f"{self.list}{self.note.pk}/change/"):
            with self.subTest(form):
                response = self.staff(TENANTS_HOST).post(form, answers)
                self.assertEqual(response.status_code, 302 if TENANTS_ADMIN_CAN_CHANGE else 403)
        changed = Note.objects.using("TESTCLIENT").filter(text="Water them", tags=self.tag)
        self.assertEqual(changed.count(), 2 if TENANTS_ADMIN_CAN_CHANGE else 0)

    def test_a_legacy_row_takes_keys_where_choices_would_be_too_many(self) -> None:
        row = OldNote.objects.using("TESTCLIENT").create(text="Old", note=self.note)
        form = f"/admin/tests/oldnote/{row.pk}/change/"
        client = self.staff(TENANTS_HOST)
        page = client.get(form)
        self.assertContains(page, "Plant trees")  # what the key stands for
        self.assertNotContains(page, "<select")
        response = client.post(form, {"text": "Less old", "note": self.note.pk})
        self.assertEqual(response.status_code, 302 if TENANTS_ADMIN_CAN_CHANGE else 403)
        row.refresh_from_db()
        self.assertEqual(row.text, "Less old" if TENANTS_ADMIN_CAN_CHANGE else "Old")
        # The log is in default, whatever database the row is in.
        self.assertEqual(LogEntry.objects.exists(), TENANTS_ADMIN_CAN_CHANGE)
