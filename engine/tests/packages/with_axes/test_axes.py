"""Wrong passwords lock an address out, of the tenant where they were given."""

from django.core.cache import cache
from django.test import override_settings

from ..case import SITES, Checked, PackageCase, Site, tenants_only

LOGIN = "/admin/login/"


class Axes(Checked, PackageCase):
    def setUp(self) -> None:
        cache.clear()
        self.addCleanup(cache.clear)
        self.user("root", is_staff=True, is_superuser=True)

    def statuses(self, site: Site, *passwords: str, host: str = "") -> list[int]:
        client = self.client_of(site)
        return [
            client.post(
                LOGIN,
                {"username": "root", "password": password},
                headers={"host": host or site.host},
            ).status_code
            for password in passwords
        ]

    def test_five_wrong_passwords_lock_out(self) -> None:
        for site in SITES:
            self.assertEqual(self.statuses(site, *["wrong"] * 5)[-1], 429)
            self.assertEqual(self.statuses(site, "secret-word"), [429])

    def test_a_right_one_in_between_starts_again(self) -> None:
        for site in SITES:
            self.assertEqual(self.statuses(site, *["wrong"] * 3, "secret-word"), [200] * 3 + [302])

    @tenants_only
    def test_who_is_locked_out_at_one_tenant_may_log_in_at_another_and_at_the_base_domain(
        self,
    ) -> None:
        first, second = SITES
        self.statuses(first, *["wrong"] * 5)
        self.assertEqual(self.statuses(second, "secret-word"), [302])
        self.assertEqual(self.statuses(second, "secret-word", host="testserver"), [302])
        self.assertEqual(self.statuses(first, "secret-word"), [429])

    @tenants_only
    @override_settings(AXES_HANDLER="axes.handlers.database.AxesDatabaseHandler")
    def test_its_default_locks_out_of_all_tenants(self) -> None:
        """What the line in the manual is for."""
        first, second = SITES
        self.statuses(first, *["wrong"] * 5)
        self.assertEqual(self.statuses(second, "secret-word"), [429])
