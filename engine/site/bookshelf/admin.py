from django.contrib import admin

from .models import Loan


@admin.register(Loan)
class LoanAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The plain class of Django."""

    list_display = ("book", "reader")
    list_filter = ("reader",)
