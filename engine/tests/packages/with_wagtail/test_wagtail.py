"""Pages are written in Wagtail's admin and read from replicas. Each tenant has a tree of its own."""

from typing import Any

from django.db import transaction
from wagtail.models import Page, Site
from wagtail.test.utils.form_data import nested_form_data, rich_text

from ..case import SITES, Checked, PackageCase, replicas_only, tenants_only
from .models import Article


class Wagtail(Checked, PackageCase):
    @classmethod
    def setUpTestData(cls) -> None:
        for site in SITES:
            with site.active():
                root = Page.get_first_root_node()
                home = root.add_child(instance=Article(title="Home", slug="home-of-tests"))
                Site.objects.update_or_create(
                    is_default_site=True, defaults={"hostname": site.host, "root_page": home}
                )

    @property
    def home(self) -> Article:
        return Article.objects.get(slug="home-of-tests")

    def form(self, title: str, **more: Any) -> dict[str, Any]:
        return nested_form_data(
            {
                "title": title,
                "slug": title.lower(),
                "body": rich_text(f"<p>On {title}</p>"),
                "comments": NO_ROWS,
            }
            | more
        )

    def test_a_page_is_written_published_changed_moved_and_deleted(self) -> None:
        for site in SITES:
            with self.subTest(site.name), site.active():
                self.edited(site)

    def edited(self, site: Any) -> None:
        editor, reader = self.admin_of(site), self.client_of(site)
        add = f"/cms/pages/add/with_wagtail/article/{self.home.pk}/"
        self.ok(editor.get(add))
        self.ok(editor.post(add, self.form("Draft")), 302)
        article = Article.objects.get(title="Draft")
        self.assertFalse(article.live)
        self.ok(reader.get("/draft/"), 404)

        edit = f"/cms/pages/{article.pk}/edit/"
        self.ok(editor.get(edit))
        self.ok(editor.post(edit, self.form("News", **{"action-publish": "1"})), 302)
        page = self.ok(reader.get("/news/"))
        self.assertContains(page, "On News")
        self.assertIn(site.replica, reader.aliases)
        self.assertContains(reader.get("/"), "<li>News</li>")
        self.ok(editor.get(f"/cms/pages/{article.pk}/history/"))

        other = self.home.add_child(instance=Article(title="Archive", slug="archive"))
        self.ok(editor.post(f"/cms/pages/{article.pk}/move/{other.pk}/confirm/"), 302)
        self.assertContains(reader.get("/archive/news/"), "On News")
        self.assertContains(editor.get(f"/cms/pages/{other.pk}/"), "News")
        self.ok(editor.post(f"/cms/pages/{article.pk}/delete/"), 302)
        self.ok(reader.get("/archive/news/"), 404)

    @tenants_only
    def test_a_tenant_has_neither_pages_nor_transactions_of_another(self) -> None:
        for site in SITES:
            with site.active():
                news = self.home.add_child(instance=Article(title=f"Of {site.name}", slug="news"))
                with self.assertRaises(ZeroDivisionError), transaction.atomic():
                    news.add_child(instance=Article(title="Undone", slug="undone"))
                    1 / 0  # noqa: B018
        for site in SITES:
            reader = self.client_of(site)
            self.assertContains(reader.get("/news/"), f"Of {site.name}")
            self.ok(reader.get("/news/undone/"), 404)
            others = [other.host for other in SITES if other != site]
            page = self.admin_of(site).get("/cms/sites/")
            self.assertContains(page, site.host)
            self.assertFalse([host for host in others if host in page.content.decode()])

    @replicas_only
    def test_the_tree_of_pages_that_were_read_from_a_replica(self) -> None:
        from manydb.replicas import use_replica

        with use_replica():
            home = Article.objects.get(slug="home-of-tests")
        child = home.add_child(instance=Article(title="Child", slug="child"))
        child.save_revision().publish()
        with use_replica():
            child = Page.objects.get(slug="child").specific
            self.assertEqual(child.get_parent().title, "Home")
        child.copy(update_attrs={"slug": "copy", "title": "Copy"})
        self.assertEqual([page.title for page in home.get_children()], ["Child", "Copy"])


NO_ROWS = {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0", "MIN_NUM_FORMS": "0", "MAX_NUM_FORMS": "1000"}
