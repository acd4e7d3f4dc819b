from django.contrib import admin
from import_export.admin import ImportExportModelAdmin

from .models import Author, Book

admin.site.register(Author, ImportExportModelAdmin)


@admin.register(Book)
class BookAdmin(ImportExportModelAdmin):
    list_display = ["title", "author"]
