"""Models without a mark, in the ways that packages write them."""

from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import sql


class Section(models.Model):
    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class ArticleQuerySet(models.QuerySet[Any]):
    def published(self) -> "ArticleQuerySet":
        return self.filter(is_draft=False)


class CountingQuery(sql.Query):
    """As packages of SQL's own features have one."""


class ReviewQuerySet(models.QuerySet[Any]):
    """Makes its query itself."""

    def __init__(self, model: Any = None, query: Any = None, using: Any = None, hints: Any = None):
        super().__init__(model, query or CountingQuery(model), using, hints)


class PublishedArticles(models.Manager[Any].from_queryset(ArticleQuerySet)):  # type: ignore[misc]
    """Gives a queryset that another manager has made."""

    def get_queryset(self) -> Any:
        return Article.objects.get_queryset().published()


class Author(models.Model):
    """Points at accounts, whatever their model is."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="author")

    def __str__(self) -> str:
        return str(self.user)


class Article(models.Model):
    title = models.CharField(max_length=100)
    is_draft = models.BooleanField(default=False)
    section = models.ForeignKey(Section, models.CASCADE, null=True, related_name="articles")
    authors = models.ManyToManyField(Author, through="Byline", related_name="articles")
    related = models.ManyToManyField("self")
    comments = GenericRelation("Comment")

    objects = ArticleQuerySet.as_manager()
    published = PublishedArticles()

    def __str__(self) -> str:
        return self.title


class Review(Article):
    """Has a row in the table of articles, too."""

    stars = models.IntegerField(default=0)

    reviews = models.Manager.from_queryset(ReviewQuerySet)()

    def __str__(self) -> str:
        return f"{self.title}: {self.stars}"


class Headline(Article):
    """Has no table of its own."""

    class Meta:
        proxy = True

    def __str__(self) -> str:
        return self.title.upper()


class Byline(models.Model):
    article = models.ForeignKey(Article, models.CASCADE)
    author = models.ForeignKey(Author, models.CASCADE)

    def __str__(self) -> str:
        return f"{self.article} by {self.author}"


class Comment(models.Model):
    """On anything."""

    text = models.CharField(max_length=100)
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveIntegerField()
    subject = GenericForeignKey()
    photo = models.FileField(blank=True)

    def __str__(self) -> str:
        return self.text


class Printer(models.Model):
    """Of the house, and not of a tenant."""

    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


def _of_articles() -> list[str]:
    return list(Article.objects.values_list("title", flat=True))


@cache
def titles() -> list[str]:
    """Reads once, as packages do what seldom changes; by another function."""
    return _of_articles()


class Archive:
    @staticmethod
    @lru_cache(maxsize=10)
    def number_of(word: str) -> int:
        return Article.objects.filter(title__contains=word).count()

    @classmethod
    @cache
    def length_of(cls, word: str) -> int:
        return len(word)
