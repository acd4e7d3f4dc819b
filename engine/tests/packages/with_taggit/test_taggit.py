"""Tags of tenants' rows are theirs; tags of shared rows work as they are."""

from ..case import SITES, Checked, PackageCase, replicas_only
from .models import Article, ArticleTag


class Taggit(Checked, PackageCase):
    def test_rows_are_tagged_and_found(self) -> None:
        for site in SITES:
            with site.active():
                one = Article.objects.create(title=f"one of {site.host}")
                other = Article.objects.create(title="other")
                one.tags.add("red", "green")
                other.tags.set(["green", site.alias.lower()])
                other.tags.remove("green")
                found = Article.objects.filter(tags__name__in=["red"]).distinct()
                self.assertEqual([article.title for article in found], [f"one of {site.host}"])
                self.assertEqual(sorted(one.tags.names()), ["green", "red"])
                self.assertEqual([a.title for a in one.tags.similar_objects()], [])
                with_tags = Article.objects.prefetch_related("tags").order_by("pk")
                self.assertEqual([len(a.tags.all()) for a in with_tags], [2, 1])
                self.assertEqual(Article.tags.most_common()[0].num_times, 1)
        for site in SITES:
            with site.active():
                names = sorted(tag.name for tag in ArticleTag.objects.all())
                self.assertEqual(names, sorted(["green", "red", site.alias.lower()]))

    @replicas_only
    def test_tags_of_an_object_that_was_read_from_a_replica(self) -> None:
        from manydb.replicas import use_replica

        from .models import Page

        Page.objects.create(title="one")
        with use_replica():
            page = Page.objects.get()
        page.tags.add("red")
        self.assertEqual(list(page.tags.names()), ["red"])
        self.assertEqual([p.title for p in Page.objects.filter(tags__name="red")], ["one"])
