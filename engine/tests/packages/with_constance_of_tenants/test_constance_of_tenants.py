"""One value for each tenant: TENANT_APPS = ["constance"]."""

from constance import config

from ..case import SITES, Checked, PackageCase


class OfTenants(Checked, PackageCase):
    def test_each_has_its_own(self) -> None:
        for number, site in enumerate(SITES):
            with site.active():
                config.LIMIT = number
        for number, site in enumerate(SITES):
            self.assertEqual(self.client_of(site).get("/values/").json()["limit"], number)
            page = self.admin_of(site).get("/admin/constance/config/")
            self.assertContains(page, f'value="{number}"')
