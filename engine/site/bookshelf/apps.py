"""The label is that of the tables."""

from django.apps import AppConfig


class BookshelfConfig(AppConfig):
    name = "engine.site.bookshelf"
    label = "library"
