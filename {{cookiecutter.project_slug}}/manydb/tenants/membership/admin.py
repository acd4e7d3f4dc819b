"""The members of tenants in the admin of the base domain, where staff of no tenant work."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from manydb.tenants.context import current_tenant
from manydb.tenants.membership.models import Membership


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Hidden on tenants' hosts: a tenant's staff would make themselves members of others."""

    list_display = ("user", "tenant", "created_at")
    list_select_related = ("user", "tenant")
    raw_id_fields = ("user",)
    autocomplete_fields = ("tenant",)
    show_full_result_count = False

    def get_search_fields(self, request: HttpRequest) -> Any:
        """The tenant's name, and the field by which users log in."""
        user = Membership._meta.get_field("user").related_model
        return ("tenant__name", f"user__{user.USERNAME_FIELD}")  # type: ignore[union-attr]

    def has_view_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        return current_tenant() is None and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return current_tenant() is None and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        return current_tenant() is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        return current_tenant() is None and super().has_delete_permission(request, obj)
