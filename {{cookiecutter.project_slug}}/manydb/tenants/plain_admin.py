"""A tenants' model in the admin, registered in the plain way: its own tenant's rows and history, on tenants' hosts."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import LogEntry
from django.db import router, transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from manydb.core.admin_log import LogOfOneTenant
from manydb.core.routing import PER_TENANT, home_of
from manydb.patches import registered_admins
from manydb.tenants.context import current_owner, current_tenant


class TenantsModelAdmin(LogOfOneTenant):
    """Comes after a project's own class and before ``ModelAdmin``: what the project overrides holds."""

    @property
    def urls(self) -> Any:
        """Its pages, which are 404 on a host without a tenant, those that the project has added too."""
        return list(_on_tenants_hosts(self.get_urls(), self.model))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        _refuse_without_a_tenant(self.model)  # choices have a page of the site
        return super().get_queryset(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return current_tenant() is not None and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return current_tenant() is not None and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return current_tenant() is not None and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return current_tenant() is not None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return current_tenant() is not None and super().has_delete_permission(request, obj)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Django logs first: what this database then refuses must not be in the log, which is in another.
        with transaction.atomic(using=router.db_for_write(LogEntry)):
            return super().delete_view(request, *args, **kwargs)


class TenantsLogAdmin(ModelAdmin):  # type: ignore[type-arg]
    """A log for all tenants in the admin: on a tenant's host, the entries of the tenant's own objects."""

    key = "object_id"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        entries = super().get_queryset(request)
        owner = current_owner()
        return (
            entries if owner is None else entries.filter(**{f"{self.key}__startswith": f"{owner}:"})
        )


class TenantsAuditAdmin(TenantsLogAdmin):
    """The log of django-auditlog."""

    key = "object_pk"


_LOGS = {"admin.LogEntry": TenantsLogAdmin, "auditlog.LogEntry": TenantsAuditAdmin}


def _on_tenants_hosts(patterns: Iterable[Any], model: type[Model]) -> Iterable[Any]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            list(_on_tenants_hosts(pattern.url_patterns, model))
        else:
            pattern.callback = _on_a_tenants_host(pattern.callback, model)
        yield pattern


def _on_a_tenants_host(view: Callable[..., Any], model: type[Model]) -> Callable[..., Any]:
    @wraps(view)
    def only_there(*args: Any, **kwargs: Any) -> Any:
        _refuse_without_a_tenant(model)
        return view(*args, **kwargs)

    return only_there


def _refuse_without_a_tenant(model: type[Model]) -> None:
    if current_tenant() is None:
        raise Http404(
            f"{model._meta.label} lives in tenants' databases, and this is not the host of a tenant: open this page on the "
            "host of a tenant."
        )


def _change(model_admin: "ModelAdmin[Any]") -> None:
    home = home_of(model_admin.model)
    if home == PER_TENANT:
        if not isinstance(model_admin, LogOfOneTenant):
            registered_admins.add_base(model_admin, TenantsModelAdmin)
    elif base := _LOGS.get(model_admin.model._meta.label):
        registered_admins.add_base(model_admin, base)


def install() -> None:
    """Changes what is registered; called when the app is ready."""
    registered_admins.install(_change)
