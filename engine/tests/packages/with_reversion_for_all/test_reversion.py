"""Versions are in one table; each is of one tenant's row, and goes with its tenant."""

import reversion
from reversion.models import Version

from ..case import SITES, Checked, PackageCase, tenants_only
from .models import Bill


class Reversion(Checked, PackageCase):
    def test_each_tenant_sees_and_restores_versions_of_its_own_rows(self) -> None:
        for site in SITES:  # the same keys in both
            client = self.admin_of(site)
            page = "/admin/with_reversion_for_all/bill/"
            self.ok(client.post(f"{page}add/", {"text": f"of {site.host}"}), 302)
            with site.active():
                bill = Bill.objects.get()
            self.ok(client.post(f"{page}{bill.pk}/change/", {"text": "changed"}), 302)
        for site in SITES:
            client = self.admin_of(site)
            with site.active():
                bill = Bill.objects.get()
                versions = Version.objects.get_for_object(bill)
                texts = [version.field_dict["text"] for version in versions]
                self.assertEqual(texts, ["changed", f"of {site.host}"])
                first = versions[1]
            history = client.get(f"{page}{bill.pk}/history/")
            self.assertEqual(len(history.context["action_list"]), 2)
            self.ok(
                client.post(
                    f"{page}{bill.pk}/history/{first.pk}/", {"text": first.field_dict["text"]}
                ),
                302,
            )
            with site.active():
                self.assertEqual(Bill.objects.get().text, f"of {site.host}")

    def test_a_deleted_row_comes_back_to_its_tenant(self) -> None:
        for site in SITES:
            with site.active():
                with reversion.create_revision():
                    Bill.objects.create(text=f"of {site.host}")
                Bill.objects.get().delete()
        for site in SITES:
            with site.active():
                (version,) = Version.objects.get_deleted(Bill)
                version.revert()
                self.assertEqual(Bill.objects.get().text, f"of {site.host}")

    @tenants_only
    def test_versions_go_with_a_tenant(self) -> None:
        from manydb.tenants.models import Tenant

        for site in SITES:
            with site.active(), reversion.create_revision():
                Bill.objects.create(text=f"of {site.host}")
        ours, theirs = SITES
        row = Tenant.objects.create(name=theirs.name, database="acme")
        row.name = "renamed"
        row.save(update_fields=["name"])
        self.assertEqual(set(Version.objects.values_list("db", flat=True)), {ours.alias, "RENAMED"})
        row.delete()
        self.assertEqual(set(Version.objects.values_list("db", flat=True)), {ours.alias})
