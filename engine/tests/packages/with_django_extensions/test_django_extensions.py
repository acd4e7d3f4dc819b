"""Fields, bases of models and commands, with the tenant that is active."""

from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from django.core.management import call_command

from manydb.replicas import use_replica

from ..case import SITES, Checked, PackageCase
from .models import Page


class Extensions(Checked, PackageCase):
    def printed(self, *command: str, **options: Any) -> str:
        output = StringIO()
        with redirect_stdout(output):
            call_command(*command, **options)
        return output.getvalue()

    def test_slugs_and_times(self) -> None:
        for site in SITES:
            with site.active():
                one, other = (Page.objects.create(title="A title") for _ in range(2))
                self.assertEqual([one.slug, other.slug], ["a-title", "a-title-2"])
                with use_replica():
                    page = Page.objects.get(slug="a-title")
                before = page.modified
                page.description = "changed"
                page.save()
                self.assertGreater(Page.objects.get(pk=page.pk).modified, before)

    def test_commands_with_the_tenant(self) -> None:
        for number, site in enumerate(SITES):
            with site.active():
                for _ in range(number + 1):
                    Page.objects.create(title=site.host)
                script = "engine.tests.packages.with_django_extensions.scripts.count_pages"
                self.assertIn(f"pages: {number + 1}", self.printed("runscript", script))
                code = "print('found', Page.objects.count(), User.objects.count())"
                found = self.printed("shell_plus", "--plain", "--command", code)
                self.assertIn(f"found {number + 1}", found)

    def test_commands_that_ask_no_rows(self) -> None:
        self.assertIn("/admin/", self.printed("show_urls"))
        self.assertIn("slug", self.printed("list_model_info", model="with_django_extensions.Page"))
        self.assertIn("Page", self.printed("graph_models", "with_django_extensions", dot=True))
        self.assertIn("ReadYourWrites", self.printed("print_settings", "MIDDLEWARE"))
