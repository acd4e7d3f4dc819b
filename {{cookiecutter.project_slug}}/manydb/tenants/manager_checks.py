"""Finds tenants' models whose querysets would not know which tenant they were built for."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, register

from manydb.core.models import TenantManager, TenantModel, TenantQuerySet
from manydb.patches.watched_querysets import queryset_class


@register()
def check_managers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E201: a manager, or its queryset, is not derived from the tenants' own."""
    return [
        Error(
            f"{model._meta.label}.{manager.name} does not note which tenant a queryset is built for.",
            hint=f"Derive {type(manager).__name__} from manydb.models.TenantManager and its "
            "queryset from TenantQuerySet.",
            obj=model,
            id="manydb.E201",
        )
        for config in app_configs or apps.get_app_configs()
        for model in config.get_models()
        if issubclass(model, TenantModel)
        for manager in model._meta.managers
        if not (
            isinstance(manager, TenantManager)
            and issubclass(_queryset_class(manager), TenantQuerySet)
        )
    ]


def _queryset_class(manager: TenantManager) -> type:
    try:
        return type(manager.get_queryset())
    except Exception:  # it may need what a check does not have, such as a tenant
        return queryset_class(manager)
