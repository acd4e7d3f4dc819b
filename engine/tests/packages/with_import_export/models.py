from django.db import models

from ..models import Model


class Author(Model):
    name = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.name


class Book(Model):
    title = models.CharField(max_length=50)
    author = models.ForeignKey(Author, models.CASCADE)

    def __str__(self) -> str:
        return self.title
