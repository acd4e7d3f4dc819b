"""The models of the tests in the admin, so that tests can see on which hosts they show."""

from django.contrib import admin
from manydb.admin import DatabaseAdmin, register_app

from .models import Note


@admin.register(Note)
class NoteAdmin(DatabaseAdmin):
    fields = ("text", "folder", "tags")


register_app("tests")
