"""The toolbar shows the statements of each database, and what guards them goes on guarding."""

import re

from django.db import connections
from django.test import override_settings

from manydb.exceptions import ReadOnlyDatabase

from ..case import SITES, PackageCase, Site, tenants_only


@override_settings(DEBUG=True)
@tenants_only
class DebugToolbar(PackageCase):
    def panel(self, site: Site, page: str) -> str:
        request_id = re.search(r'data-request-id="(\w+)"', page)
        assert request_id, page
        query = {"request_id": request_id[1], "panel_id": "SQLPanel"}
        return str(self.client_of(site).get("/__debug__/render_panel/", query).json()["content"])

    def test_the_sql_panel_names_the_databases_of_the_tenant(self) -> None:
        for site in SITES:
            client = self.client_of(site)
            self.ok(client.post(f"/add/{site.alias}/", {"text": f"of {site.host}"}))
            page = client.get("/notes/")
            self.assertContains(page, f"of {site.host}")
            self.assertIn(site.replica, client.aliases)
            panel = self.panel(site, page.content.decode())
            for alias in (site.alias, site.replica):
                self.assertIn(alias, panel)
            for other in SITES:
                self.assertEqual(other.alias in panel, other is site)

    def test_statements_are_guarded_while_it_looks(self) -> None:
        site = SITES[0]
        from manydb.exceptions import WrongTenant

        for alias, error in ((site.replica, ReadOnlyDatabase), (SITES[1].alias, WrongTenant)):
            with self.assertRaises(error):
                self.client_of(site).post(f"/add/{alias}/", {"text": "elsewhere"})
        with SITES[1].active(), connections[SITES[1].alias].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM notes_note")
            self.assertEqual(cursor.fetchone(), (0,))

    def test_the_admin_with_all_panels(self) -> None:
        for site in SITES:
            page = self.admin_of(site).get("/admin/users/user/")
            self.assertContains(page, "djDebug")
            self.assertIn("users_user", self.panel(site, page.content.decode()))


@override_settings(DEBUG=True)
class WithReplicas(PackageCase):
    def test_the_admin_with_all_panels(self) -> None:
        for site in SITES:
            page = self.admin_of(site).get("/admin/auth/group/")
            self.assertContains(page, "djDebug")
