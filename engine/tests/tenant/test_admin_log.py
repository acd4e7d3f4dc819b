"""The history of a tenant's object in the admin: the log is in ``default`` and holds that of all tenants."""

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.test import Client, TestCase
from django.urls import reverse

from engine.site.notes.models import Folder, Note, Tag
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT, host_of
from manydb.tenants import catalog


class AdminLog(TestCase):
    databases = {"default", "TESTCLIENT", OTHER_ALIAS}

    def setUp(self) -> None:
        for alias in ("TESTCLIENT", OTHER_ALIAS):  # the same keys in both
            folder = Folder.objects.using(alias).create(pk=1, name="Any")
            Note.objects.using(alias).create(pk=1, text="Any", folder=folder)
            Tag.objects.using(alias).create(pk=1, name="Any")
        self.user = get_user_model().objects.create_superuser("root")
        self.ours, self.theirs = self.on("testclient"), self.on(OTHER_TENANT)

    def on(self, tenant: str) -> Client:
        client = Client(headers={"host": host_of(tenant)})
        client.force_login(self.user)
        return client

    def change(self, client: Client, text: str) -> None:
        page = reverse("admin:notes_note_change", args=[1])
        response = client.post(page, {"text": text, "folder": "1", "tags": "1"})
        self.assertEqual(response.status_code, 302)

    def test_another_tenants_object_of_the_same_key_has_a_history_of_its_own(self) -> None:
        self.change(self.ours, "Ours")
        history = reverse("admin:notes_note_history", args=[1])
        self.assertContains(self.ours.get(history), "Changed Text")
        self.assertNotContains(self.theirs.get(history), "Changed Text")

    def test_a_link_of_the_log_leads_to_the_object_on_its_own_tenants_host(self) -> None:
        self.change(self.theirs, "Theirs")
        link = str(LogEntry.objects.get().get_admin_url())
        self.assertContains(self.theirs.get(link), "Theirs")
        self.assertRedirects(self.ours.get(link), "/admin/", fetch_redirect_response=False)

    def test_deleted_objects_are_logged_the_same_way(self) -> None:
        rows = {"action": "delete_selected", "_selected_action": "1", "post": "yes"}
        self.ours.post(reverse("admin:notes_note_changelist"), rows)
        entry = LogEntry.objects.get()
        self.assertEqual(
            (entry.object_id, entry.object_repr), (f"{catalog.owner_of('testclient')}:1", "Any")
        )
        self.assertTrue(Note.objects.using(OTHER_ALIAS).exists())
