"""Requests of all tenants are recorded in one place; replicas are read as without it."""

from silk.models import Request, SQLQuery

from ..case import SITES, Checked, PackageTransactionCase
from ..notes.models import Note


class Silk(Checked, PackageTransactionCase):
    def test_requests_are_recorded_with_their_statements(self) -> None:
        for site in SITES:
            client = self.client_of(site)
            for _ in range(2):  # what it has written does not keep the client away from its replica
                self.ok(client.get("/rows/"))
                self.assertIn(site.replica, client.aliases)
        self.assertEqual(
            Request.objects.using("default").filter(path="/rows/").count(), 2 * len(SITES)
        )
        self.assertTrue(SQLQuery.objects.using("default").filter(query__contains="SELECT").exists())

    def test_its_pages(self) -> None:
        for site in SITES:
            client = self.admin_of(site)
            self.ok(client.get("/rows/"))
            request = Request.objects.using("default").filter(path="/rows/").latest("start_time")
            for page in ("", "requests/", f"request/{request.pk}/", f"request/{request.pk}/sql/"):
                self.ok(client.get(f"/silk/{page}", follow=True))

    def test_a_row_is_written_while_it_looks(self) -> None:
        for site in SITES:
            with site.active():
                Note.objects.create(text=f"of {site.host}")
            self.assertContains(self.client_of(site).get("/rows/"), f"of {site.host}")
