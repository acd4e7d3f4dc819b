"""Flags are switched once for all tenants, in the admin of any host; each host sees the change at once."""

from typing import Any

from django.core.cache import caches
from waffle import get_waffle_flag_model
from waffle.models import Sample, Switch

from ..case import SITES, Checked, PackageCase, Site


class Waffle(Checked, PackageCase):
    def setUp(self) -> None:
        caches["shared"].clear()

    def seen_at(self, site: Site, user: Any = None) -> dict[str, bool]:
        seen: dict[str, bool] = self.client_of(site, user).get("/active/").json()
        return seen

    def test_what_is_on_and_for_whom(self) -> None:
        user = self.user()
        flag = get_waffle_flag_model().objects.create(name="beta", superusers=False)
        Switch.objects.create(name="sale", active=True)
        Sample.objects.create(name="all", percent=100)
        for site in SITES:
            self.assertEqual(self.seen_at(site), {"flag": False, "switch": True, "sample": True})
        flag.users.add(user)
        for site in SITES:
            self.assertFalse(self.seen_at(site)["flag"])
            self.assertTrue(self.seen_at(site, user)["flag"])
            self.ok(self.client_of(site, user).get("/guarded/"))
            self.ok(self.client_of(site).get("/guarded/"), 404)
            self.assertContains(self.client_of(site, user).get("/wafflejs"), "beta")

    def test_a_switch_that_is_changed_in_the_admin_is_changed_for_every_tenant(self) -> None:
        switch = Switch.objects.create(name="sale", active=False)
        for site in SITES:
            self.assertFalse(self.seen_at(site)["switch"])  # and kept in the cache of each tenant
        page = f"/admin/waffle/switch/{switch.pk}/change/"
        with self.captureOnCommitCallbacks(execute=True):
            self.change_in_admin(self.admin_of(SITES[-1]), page, active="on")
        for site in SITES:
            self.assertTrue(self.seen_at(site)["switch"], site.host)
