"""Revisions of each tenant's rows are its own; one is looked at and restored."""

import reversion
from reversion.models import Revision, Version

from ..case import SITES, Checked, PackageCase
from .models import Bill


class Reversion(Checked, PackageCase):
    def test_a_change_is_kept_and_reverted_in_the_admin(self) -> None:
        for site in SITES:
            client = self.admin_of(site)
            self.ok(
                client.post("/admin/with_reversion/bill/add/", {"text": f"of {site.host}"}), 302
            )
            with site.active():
                bill = Bill.objects.get()
            page = f"/admin/with_reversion/bill/{bill.pk}"
            self.change_in_admin(client, f"{page}/change/", text="changed")
            with site.active():
                versions = Version.objects.get_for_object(bill)
                self.assertEqual(
                    [v.field_dict["text"] for v in versions], ["changed", f"of {site.host}"]
                )
                self.assertEqual(versions[0].revision.user.username, "root")
                first = versions[1].pk
            self.assertContains(client.get(f"{page}/history/"), "root")
            self.change_in_admin(client, f"{page}/history/{first}/")
            with site.active():
                self.assertEqual(Bill.objects.get().text, f"of {site.host}")

    def test_a_revision_of_ones_own(self) -> None:
        for site in SITES:
            with site.active():
                with reversion.create_revision():
                    bill = Bill.objects.create(text="one")
                    reversion.set_comment("made")
                self.assertEqual(Revision.objects.latest("pk").comment, "made")
                bill.delete()
                Version.objects.get_deleted(Bill)[0].revision.revert()
                self.assertEqual(Bill.objects.get().text, "one")
