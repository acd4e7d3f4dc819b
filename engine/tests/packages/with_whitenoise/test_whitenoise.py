"""Static files are the same at each host, and ask no database."""

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

from ..case import SITES, Checked, PackageCase


class WhiteNoise(Checked, PackageCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        call_command("collectstatic", interactive=False, verbosity=0)

    def test_the_admin_is_styled_at_each_host(self) -> None:
        url = staticfiles_storage.url("admin/css/base.css")
        self.assertRegex(url, r"base\.\w{12}\.css$")
        for site in SITES:
            client = self.client_of(site)
            response = client.get(url)
            self.assertEqual(response.status_code, 200)
            self.assertIn("immutable", response.headers["Cache-Control"])
            self.assertIn(b"--primary", b"".join(response.streaming_content))
            self.assertEqual(client.aliases, [])
            self.assertContains(self.admin_of(site).get("/admin/"), url)
