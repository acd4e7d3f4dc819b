from django.db import models
from taggit.managers import TaggableManager
from taggit.models import ItemBase, TagBase

from ..site import ROUTER


class ArticleTag(TagBase):
    pass


class TaggedArticle(ItemBase):
    tag = models.ForeignKey(ArticleTag, models.CASCADE, related_name="items")
    content_object = models.ForeignKey("Article", models.CASCADE)


class Article(models.Model):
    title = models.CharField(max_length=50)
    tags = TaggableManager(through=TaggedArticle)


if ROUTER == "replica":

    class Page(models.Model):
        """With the tags of the package itself."""

        title = models.CharField(max_length=50)
        tags = TaggableManager()
