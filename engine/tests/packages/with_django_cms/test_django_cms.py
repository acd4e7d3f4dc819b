"""Pages, menus and apphooks of django CMS: each tenant has its own, in one process."""

from typing import Any

from cms.api import create_page
from cms.models import Page
from django.contrib.sites.models import Site
from django.db import transaction
from django.urls import NoReverseMatch, reverse

from ..case import SITES, Checked, PackageCase, tenants_only


class DjangoCms(Checked, PackageCase):
    @classmethod
    def setUpTestData(cls) -> None:
        for site in SITES:
            with site.active():
                Site.objects.update_or_create(pk=1, defaults={"domain": site.host})
                author = cls().user("author")
                home = page(f"Home of {site.name}", author)
                with transaction.atomic():
                    home.set_as_homepage()
                hooked = {"apphook": "Shop", "apphook_namespace": "shop"}
                page(f"Shop of {site.name}", author, slug=f"of-{site.alias.lower()}", **hooked)

    def test_pages_menus_and_addresses_of_apphooks_are_each_tenants(self) -> None:
        for site in (*SITES, *SITES):
            with self.subTest(site.name):
                reader = self.client_of(site)
                shown = self.ok(reader.get("/")).content.decode()
                self.assertIn(f"Shop of {site.name}", shown)
                address = f"/of-{site.alias.lower()}/listing/"
                answer = self.ok(reader.get(address)).content.decode()
                self.assertEqual(answer, f"Shop of {site.name} at {address}")
                for other in SITES:
                    if other != site:
                        self.assertNotIn(f"of {other.name}", shown)
                        self.ok(reader.get(f"/of-{other.alias.lower()}/listing/"), 404)

    def test_a_page_is_written_in_the_admin(self) -> None:
        for site in SITES:
            with self.subTest(site.name):
                editor = self.admin_of(site)
                form = {"title": "News", "slug": "news", "template": "INHERIT", "language": "en"}
                form |= {"limit_visibility_in_menu": "", "xframe_options": "0"}
                add = "/admin/cms/pagecontent/add/?language=en"
                self.ok(editor.get(add))
                self.ok(editor.post(add, form), 302)
                self.ok(self.client_of(site).get("/news/"))
                with site.active():
                    key = Page.objects.get(urls__slug="news").pk
                self.ok(editor.post(f"/admin/cms/page/{key}/delete/", {"post": "yes"}), 302)
                self.ok(self.client_of(site).get("/news/"), 404)

    def test_an_apphook_that_moves_is_found_at_once_and_moves_no_others(self) -> None:
        for site in SITES:
            self.ok(self.client_of(site).get(f"/of-{site.alias.lower()}/listing/"))
        first = SITES[0]
        with first.active():
            shop = Page.objects.get(application_urls="Shop")
            shop.update_urls("en", slug="moved", path="moved")
            shop.save()
            from cms.utils.apphook_reload import mark_urlconf_as_changed

            mark_urlconf_as_changed()
        self.ok(self.client_of(first).get("/moved/listing/"))
        for other in SITES[1:]:
            self.ok(self.client_of(other).get(f"/of-{other.alias.lower()}/listing/"))
            self.ok(self.client_of(other).get("/moved/listing/"), 404)

    @tenants_only
    def test_where_no_tenant_is_active_no_apphook_has_an_address(self) -> None:
        with self.assertRaises(NoReverseMatch):
            reverse("shop:listing")


def page(title: str, author: Any, **more: Any) -> Any:
    return create_page(title, "page.html", "en", created_by=author, in_navigation=True, **more)
