"""The tenant's tables, shown on its own host."""

from django.contrib import admin
from manydb.admin import DatabaseAdmin, register_app

from .models import Abstract, Conference, CustomField, Person, Registration


@admin.register(Conference)
class ConferenceAdmin(DatabaseAdmin):
    list_display = ("code", "name", "sponsor", "date", "dateend", "attendance", "active")
    list_filter = ("active",)
    search_fields = ("code", "name", "sponsor")
    ordering = ("-date", "code")


@admin.register(Person)
class PersonAdmin(DatabaseAdmin):
    list_display = ("pid", "last_name", "first_name", "email", "country")
    search_fields = ("last_name", "first_name", "email")
    ordering = ("last_name", "first_name", "pid")


@admin.register(CustomField)
class CustomFieldAdmin(DatabaseAdmin):
    list_display = ("id", "conference", "group", "order", "key", "label", "required")
    list_select_related = ("conference",)
    raw_id_fields = ("conference",)
    search_fields = ("key", "label")
    ordering = ("conference_id", "group", "order", "id")


@admin.register(Abstract)
class AbstractAdmin(DatabaseAdmin):
    list_display = ("id", "title", "conference", "status", "submitted_at")
    list_filter = ("status",)
    list_select_related = ("conference",)
    raw_id_fields = ("conference",)
    search_fields = ("title",)
    ordering = ("-submitted_at", "id")


@admin.register(Registration)
class RegistrationAdmin(DatabaseAdmin):
    list_display = ("email", "conference", "created_at")
    list_select_related = ("conference",)
    raw_id_fields = ("conference",)
    search_fields = ("email",)
    ordering = ("-created_at",)


register_app("conferences")  # the rest: AbstractAuthor, whose composite key no form can edit
