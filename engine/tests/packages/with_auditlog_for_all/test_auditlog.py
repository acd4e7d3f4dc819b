"""The log is in one table, and each tenant sees what is about its own rows."""

from unittest import mock

from auditlog.models import LogEntry, LogEntryManager
from django.contrib.auth.models import Group

from ..case import SITES, Checked, PackageCase, tenants_only
from .models import Bill, Label


class Auditlog(Checked, PackageCase):
    def test_each_tenant_sees_the_log_of_its_own_rows(self) -> None:
        for site in SITES:  # the same keys in both
            with site.active():
                bill = Bill.objects.create(text=f"of {site.host}")
                bill.labels.add(Label.objects.create(name="red"))
                bill.text = f"changed at {site.host}"
                bill.save()
        for site in SITES:
            with site.active():
                bill = Bill.objects.get()
                expected = [f"changed at {site.host}", f"of {site.host}"]
                for found in (
                    LogEntry.objects.get_for_object(bill),
                    LogEntry.objects.get_for_objects(Bill.objects.all()),
                    LogEntry.objects.get_for_model(Bill),
                ):
                    texts = [e.changes_dict["text"][1] for e in found if "text" in e.changes_dict]
                    self.assertEqual(texts, expected)
                    self.assertEqual(found.count(), 3)

    def test_what_was_deleted_is_in_the_log_of_its_tenant(self) -> None:
        for site in SITES:
            with site.active():
                bill = Bill.objects.create(pk=7, text=f"of {site.host}")
                bill.delete()
                bill.pk = 7
                entries = LogEntry.objects.get_for_object(bill)
                self.assertEqual([entry.action for entry in entries], [2, 0])

    def test_who_changed_it_is_noted_and_the_admin_shows_a_tenants_own(self) -> None:
        for site in SITES:
            client = self.admin_of(site)
            sent = {"text": f"of {site.host}"}
            self.ok(client.post("/admin/with_auditlog_for_all/bill/add/", sent), 302)
        for site in SITES:
            with site.active():
                entry = LogEntry.objects.get_for_object(Bill.objects.get()).get()
            self.assertEqual(entry.actor.username, "root")
            page = self.admin_of(site).get("/admin/auditlog/logentry/")
            self.assertContains(page, "1 log entry")
            self.assertContains(page, f"of {site.host}")

    def test_shared_rows_are_logged_as_ever(self) -> None:
        from auditlog.registry import auditlog

        auditlog.register(Group)
        self.addCleanup(auditlog.unregister, Group)
        group = Group.objects.create(name="clerks")
        for site in SITES:
            with site.active():
                entry = LogEntry.objects.get_for_object(group).get()
                self.assertEqual((entry.object_pk, entry.object_id), (str(group.pk), group.pk))


@tenants_only
class Patches(PackageCase):
    def test_another_auditlog_is_refused(self) -> None:
        from manydb.exceptions import PatchFailed
        from manydb.patches.auditlog_keys import PATCH

        PATCH.verify()
        with (
            mock.patch.object(LogEntryManager, "log_create", lambda self: None),
            self.assertRaisesRegex(PatchFailed, "auditlog_keys does not fit"),
        ):
            PATCH.verify()
