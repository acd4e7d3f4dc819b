from django.contrib import admin
from manydb.admin import DatabaseAdmin

from .models import Account


@admin.register(Account)
class AccountAdmin(DatabaseAdmin):
    list_display = ("acronym", "accountname", "active", "defaultconf", "contact_email")
    list_filter = ("active",)
    search_fields = ("acronym", "accountname", "contact_email")
    ordering = ("acronym",)
