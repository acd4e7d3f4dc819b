"""Each tenant has a log of its own rows, with who changed them."""

from auditlog.models import LogEntry

from ..case import SITES, Checked, PackageCase
from .models import Bill


class Auditlog(Checked, PackageCase):
    def test_changes_are_logged_for_the_tenant(self) -> None:
        for site in SITES:
            client = self.admin_of(site)
            self.ok(client.post("/admin/with_auditlog/bill/add/", {"text": f"of {site.host}"}), 302)
            with site.active():
                bill = Bill.objects.get()
            self.change_in_admin(
                client, f"/admin/with_auditlog/bill/{bill.pk}/change/", text="changed"
            )
        for site in SITES:
            with site.active():
                entries = LogEntry.objects.get_for_object(Bill.objects.get())
                self.assertEqual([entry.action for entry in entries], [1, 0])
                self.assertEqual(entries[1].changes_dict["text"], ["None", f"of {site.host}"])
                self.assertEqual(entries[0].actor.username, "root")
                self.assertEqual(LogEntry.objects.get_for_model(Bill).count(), 2)
            self.assertContains(self.admin_of(site).get("/admin/auditlog/logentry/"), "changed")
