"""The catalog in the admin: to look at, and to give tenants host names."""

from django.contrib import admin
from django.http import HttpRequest

from manydb.tenants.context import current_tenant
from manydb.tenants.models import Hostname, Tenant


class HostnameInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Hostname
    extra = 0


@admin.register(Tenant)
class TenantAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows are made and removed by commands, which make and remove the databases, too."""

    list_display = ("name", "state", "server", "database", "migrated_at", "created_at")
    list_filter = ("state", "server")
    search_fields = ("name", "hostnames__host")
    show_full_result_count = False
    readonly_fields = (
        *("name", "database", "server", "state", "error"),
        *("command", "phase", "source", "run", "state_before"),
        *("other_database", "other_server", "adopted"),
        *("fingerprint", "migrated_at", "created_at"),
    )
    inlines = (HostnameInline,)

    def has_view_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:
        return current_tenant() is None and super().has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:
        return current_tenant() is None and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:
        return False
