"""Each tenant has the history of its own rows, with who changed them."""

from manydb.replicas import use_replica

from ..case import SITES, Checked, PackageCase
from .models import Bill


class SimpleHistory(Checked, PackageCase):
    def test_a_change_in_the_admin_is_kept_with_its_user(self) -> None:
        for site in SITES:
            client = self.admin_of(site)
            self.ok(
                client.post("/admin/with_simple_history/bill/add/", {"text": f"of {site.host}"}),
                302,
            )
            with site.active():
                bill = Bill.objects.get()
            page = f"/admin/with_simple_history/bill/{bill.pk}"
            self.change_in_admin(client, f"{page}/change/", text="changed")
            with site.active():
                texts = [(row.text, row.history_type) for row in bill.history.all()]
                self.assertEqual(texts, [("changed", "~"), (f"of {site.host}", "+")])
                self.assertEqual(bill.history.first().history_user.username, "root")
                first = bill.history.last()
                delta = bill.history.first().diff_against(first)
                self.assertEqual([change.field for change in delta.changes], ["text"])
                self.assertEqual(bill.history.as_of(first.history_date).text, f"of {site.host}")
            self.assertContains(client.get(f"{page}/history/"), f"of {site.host}")
            self.ok(client.get(f"{page}/history/{first.pk}/"))

    def test_history_of_objects_that_were_read_from_a_replica(self) -> None:
        for site in SITES:
            with site.active():
                Bill.objects.create(text="one")
                with use_replica():
                    bill = Bill.objects.get()
                bill.text = "other"
                bill.save()
                self.assertEqual(bill.history.count(), 2)
                with use_replica():
                    self.assertEqual(bill.history.count(), 2)
                bill.delete()
                self.assertEqual(Bill.history.count(), 3)
        for site in SITES:
            with site.active():
                self.assertEqual(Bill.history.count(), 3)
