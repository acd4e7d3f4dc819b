"""One value for all tenants."""

from constance import config
from constance.models import Constance

from ..case import SITES, Checked, PackageCase


class Shared(Checked, PackageCase):
    def test_a_value_that_is_changed_in_the_admin_holds_at_every_host(self) -> None:
        for site in SITES:
            self.assertEqual(self.client_of(site).get("/values/").json()["banner"], "none")
        page = self.admin_of(SITES[0]).get("/admin/constance/config/")
        version = (
            page.context["form"].initial.get("version") or page.context["form"]["version"].value()
        )
        sent = {"version": version, "BANNER": "Sale", "LIMIT": "7"}
        self.ok(self.admin_of(SITES[0]).post("/admin/constance/config/", sent), 302)
        for site in SITES:
            seen = self.client_of(site).get("/values/").json()
            self.assertEqual(seen, {"banner": "Sale", "limit": 7})
            with site.active():
                self.assertEqual(config.LIMIT, 7)

    def test_it_is_written_where_it_is_read(self) -> None:
        config.LIMIT = 8
        self.assertEqual(
            Constance.objects.using("default").get(key="LIMIT").pk, Constance.objects.get().pk
        )
        for site in SITES:
            self.assertEqual(self.client_of(site).get("/values/").json()["limit"], 8)
