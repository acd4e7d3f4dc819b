"""One model of the tests in the admin, so that tests can see on which hosts it shows."""

from django.contrib import admin

from {{ cookiecutter.project_slug }}.databases.admin import DatabaseAdmin

from .models import Note


@admin.register(Note)
class NoteAdmin(DatabaseAdmin):
    fields = ("text", "folder", "tags")
