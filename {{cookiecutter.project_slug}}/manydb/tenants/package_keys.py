"""Shared tables of packages that name tenants' rows by their keys: each entry is one tenant's.

Where ``TENANT_APPS`` has the package, its tables are in tenants' databases, and nothing is changed.
"""

from typing import Any

from django.apps import apps
from django.db.models import Model
from django.db.models.signals import post_delete, pre_save

from manydb.core.ownership import ownership
from manydb.core.routing import PER_TENANT, home_of
from manydb.tenants.context import current_owner
from manydb.tenants.models import Tenant


def mark(model: type[Model], instance: Model | None = None) -> str:
    """What stands before the key of a tenant's row in a shared table; "" for a shared row."""
    if home_of(model) != PER_TENANT:
        return ""
    owner = (ownership().of_object(instance) if instance is not None else None) or current_owner()
    return f"{owner}:" if owner else ""


def install() -> None:
    """Changes the packages that are installed; called when the app is ready."""
    if apps.is_installed("auditlog") and home_of(_model("auditlog.LogEntry")) != PER_TENANT:
        from manydb.patches import auditlog_keys

        auditlog_keys.install(mark)
    if apps.is_installed("reversion") and home_of(_model("reversion.Version")) != PER_TENANT:
        # It notes the alias with the key, which a later tenant may have.
        pre_save.connect(_renamed, sender=Tenant, dispatch_uid=f"{__name__}.renamed")
        post_delete.connect(_dropped, sender=Tenant, dispatch_uid=f"{__name__}.dropped")


def _model(label: str) -> type[Model]:
    return apps.get_model(label)


def _versions() -> Any:
    return _model("reversion.Version")._default_manager


def _renamed(instance: Tenant, **kwargs: Any) -> None:
    """Versions of a renamed tenant go with it."""
    before = Tenant.objects.filter(pk=instance.pk).values_list("name", flat=True).first()
    if before is not None and before != instance.name:
        _versions().filter(db=before.upper()).update(db=instance.name.upper())


def _dropped(instance: Tenant, **kwargs: Any) -> None:
    """Versions of a tenant's rows are deleted with it."""
    _versions().filter(db=instance.name.upper()).delete()
