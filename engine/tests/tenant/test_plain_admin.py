"""``admin.site.register(Note)``, as Django's documentation has it, of a tenants' model."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.http import HttpRequest, HttpResponse
from django.test import Client, TestCase, override_settings
from django.urls import include, path

from engine.site.notes.models import Folder, Note, Tag
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT, host_of

KEY = 7001  # no server gives it by itself
TENANTS = {"testclient": "TESTCLIENT", OTHER_TENANT: OTHER_ALIAS}


class NoteInline(admin.TabularInline):
    model = Note
    extra = 0


class FolderAdmin(admin.ModelAdmin):
    """With a page of its own, an inline, and answers to what it is asked for."""

    inlines = (NoteInline,)
    search_fields = ("name",)
    ordering = ("name",)
    list_display = ("name", "notes_in_it")

    def notes_in_it(self, folder: Folder) -> int:
        return folder.notes.count()

    def get_urls(self) -> list[Any]:
        extra = [path("count/", self.admin_site.admin_view(self.count), name="count")]
        return [*extra, *super().get_urls()]

    def count(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(Folder.objects.count()))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        return super().history_view(request, object_id, {"title": f"What became of {object_id}"})


class Sites(admin.AdminSite):
    """A project may have one of its own."""


site = Sites(name="admin")
site.register(Note, autocomplete_fields=["folder"])
site.register([Tag])
site.register(Folder, FolderAdmin)
site.register(LogEntry)
urlpatterns = [path("admin/", site.urls), path("", include("engine.site.urls"))]

NOTES, FOLDERS = "/admin/notes/note/", "/admin/notes/folder/"


@override_settings(ROOT_URLCONF=__name__)
class PlainAdmin(TestCase):
    databases = {"default", *TENANTS.values()}

    def setUp(self) -> None:
        for tenant, alias in TENANTS.items():  # the same keys in both
            folder = Folder.objects.using(alias).create(pk=KEY, name=f"of {tenant}")
            Note.objects.using(alias).create(pk=KEY, text=f"of {tenant}", folder=folder)
        self.root = get_user_model().objects.create_superuser("root")

    def on(self, tenant: str | None, user: Any = None) -> Client:
        client = Client(headers={"host": host_of(tenant) if tenant else "testserver"})
        client.force_login(user or self.root)
        return client

    def test_each_tenant_sees_and_changes_its_own_rows(self) -> None:
        for tenant, alias in TENANTS.items():
            with self.subTest(tenant):
                client = self.on(tenant)
                for page in (NOTES, f"{NOTES}{KEY}/change/", FOLDERS, f"{FOLDERS}{KEY}/change/"):
                    self.assertContains(client.get(page), f"of {tenant}")
                sent = {"text": f"changed for {tenant}", "folder": KEY, "tags": []}
                self.assertEqual(client.post(f"{NOTES}add/", sent).status_code, 200)  # no tags
                tag = Tag.objects.using(alias).create(name="any")
                sent["tags"] = [str(tag.pk)]
                self.assertRedirects(client.post(f"{NOTES}add/", sent), NOTES)
                self.assertRedirects(client.post(f"{NOTES}{KEY}/change/", sent), NOTES)
                self.assertEqual(Note.objects.using(alias).count(), 2)
        for tenant, alias in TENANTS.items():
            texts = set(Note.objects.using(alias).values_list("text", flat=True))
            self.assertEqual(texts, {f"changed for {tenant}"})

    def test_choices_are_the_tenants_own(self) -> None:
        query = "app_label=notes&model_name=note&field_name=folder"
        for tenant in TENANTS:
            found = self.on(tenant).get(f"/admin/autocomplete/?{query}").json()["results"]
            self.assertEqual([each["text"] for each in found], [f"of {tenant}"])

    def test_rows_are_deleted_by_page_and_by_action(self) -> None:
        client = self.on("testclient")
        self.assertRedirects(client.post(f"{NOTES}{KEY}/delete/", {"post": "yes"}), NOTES)
        rows = {"action": "delete_selected", "_selected_action": KEY, "post": "yes"}
        self.assertRedirects(client.post(FOLDERS, rows), FOLDERS)
        self.assertFalse(Folder.objects.using("TESTCLIENT").exists())
        self.assertTrue(Note.objects.using(OTHER_ALIAS).exists())
        self.assertEqual(LogEntry.objects.count(), 2)

    def test_history_is_the_tenants_own(self) -> None:
        for page, sent in (
            (NOTES, {"text": "changed", "folder": KEY}),
            (FOLDERS, {"name": "changed", "notes-TOTAL_FORMS": 0, "notes-INITIAL_FORMS": 0}),
        ):
            tag = Tag.objects.using("TESTCLIENT").create(name="any")
            self.on("testclient").post(f"{page}{KEY}/change/", {**sent, "tags": [tag.pk]})
            history = f"{page}{KEY}/history/"
            self.assertContains(self.on("testclient").get(history), "Changed")
            self.assertNotContains(self.on(OTHER_TENANT).get(history), "Changed")
        self.assertContains(self.on("testclient").get(f"{FOLDERS}{KEY}/history/"), "What became of")
        for entry in LogEntry.objects.all():
            link = f"/admin/notes/{entry.content_type.model}/{entry.object_id}/change/"
            self.assertEqual(self.on("testclient").get(link).status_code, 200)
            self.assertEqual(self.on(OTHER_TENANT).get(link).status_code, 302)

    def test_the_log_itself_is_that_of_the_host(self) -> None:
        self.test_history_is_the_tenants_own()
        page = "/admin/admin/logentry/"
        self.assertContains(self.on("testclient").get(page), "2 log entries")
        self.assertContains(self.on(OTHER_TENANT).get(page), "0 log entries")
        self.assertContains(self.on(None).get(page), "2 log entries")

    def test_a_host_without_a_tenant_has_none_of_its_pages(self) -> None:
        client = self.on(None)
        self.assertNotContains(client.get("/admin/"), NOTES)
        for page in (NOTES, FOLDERS):
            for address in (
                "",
                "add/",
                f"{KEY}/change/",
                f"{KEY}/delete/",
                f"{KEY}/history/",
                f"{KEY}/",
                "count/",
            ):
                for method in (client.get, client.post):
                    with self.subTest(f"{page}{address}"):
                        response = method(f"{page}{address}")
                        self.assertEqual(response.status_code, 404)
        query = "app_label=notes&model_name=note&field_name=folder"
        self.assertEqual(client.get(f"/admin/autocomplete/?{query}").status_code, 404)
        with override_settings(DEBUG=True):
            self.assertContains(client.get(NOTES), "host of a tenant", status_code=404)

    def test_permissions_are_as_ever(self) -> None:
        clerk = get_user_model().objects.create_user("clerk", is_staff=True)
        client = self.on("testclient", clerk)
        self.assertEqual(client.get(NOTES).status_code, 403)
        clerk.user_permissions.add(Permission.objects.get(codename="view_note"))
        self.assertContains(client.get(NOTES), "of testclient")
        self.assertEqual(client.get(f"{NOTES}add/").status_code, 403)
        self.assertEqual(client.post(f"{NOTES}{KEY}/delete/", {"post": "yes"}).status_code, 403)
        stranger = Client(headers={"host": host_of("testclient")})
        self.assertIn("/admin/login/", stranger.get(NOTES)["Location"])

    def test_what_a_project_has_said_holds(self) -> None:
        folders = site.get_model_admin(Folder)
        self.assertIsInstance(folders, FolderAdmin)
        self.assertEqual(str(folders), "notes.FolderAdmin")
        self.assertEqual(site.get_model_admin(Note).autocomplete_fields, ["folder"])
        self.assertEqual(self.on("testclient").get(f"{FOLDERS}count/").content, b"1")
        site.unregister(Tag)
        site.register(Tag)
        self.assertEqual(self.on("testclient").get("/admin/notes/tag/").status_code, 200)
