"""Most live in ``accounts``, so that ReplicaRouter and TenantRouter treat them alike. They have no migrations."""

from typing import Any

from django.conf import settings
from django.db import models

from manydb.models import DatabaseReference


class Author(models.Model):
    """Its ``from_db()`` is the one in Django's documentation, which does not call the model's own."""

    _DATABASE = "accounts"

    name = models.CharField(max_length=100)
    biography = models.TextField(default="")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any, **kwargs: Any) -> "Author":
        if len(values) != len(cls._meta.concrete_fields):
            left = iter(values)
            values = [
                next(left) if field.attname in field_names else models.DEFERRED
                for field in cls._meta.concrete_fields
            ]
        instance = cls(*values)
        instance._state.adding = False
        instance._state.db = db
        return instance


class Portrait(models.Model):
    _DATABASE = "accounts"

    author = models.OneToOneField(Author, models.CASCADE, related_name="portrait")

    def __str__(self) -> str:
        return f"of {self.author_id}"


class Genre(models.Model):
    _DATABASE = "accounts"

    name = models.CharField(max_length=100, unique=True)

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    _DATABASE = "accounts"

    title = models.CharField(max_length=100)
    author = models.ForeignKey(Author, models.CASCADE, null=True, related_name="books")
    genres = models.ManyToManyField(Genre, related_name="books")

    def __str__(self) -> str:
        return self.title


class Novel(Book):
    """Has a table of its own beside that of ``Book``."""

    pages = models.IntegerField(default=0)


class Loan(models.Model):
    """Of a book to a user, who is in ``default``."""

    _DATABASE = "accounts"

    book = models.ForeignKey(Book, models.CASCADE)
    reader = DatabaseReference(settings.AUTH_USER_MODEL, null=True, blank=True)
    librarian = DatabaseReference(
        "users.User", null=True, blank=True, limit_choices_to={"is_staff": True}
    )

    def __str__(self) -> str:
        return f"to {self.reader_id}"


class Review(models.Model):
    """Lives in ``default``, and is about a book in ``accounts``."""

    text = models.CharField(max_length=100)
    book = DatabaseReference(Book, null=True)

    def __str__(self) -> str:
        return self.text
