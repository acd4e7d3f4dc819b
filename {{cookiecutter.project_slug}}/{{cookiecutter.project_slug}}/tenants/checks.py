"""Finds tenants' models whose querysets would not know which tenant they were built for."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, register

from ..databases.models import TenantManager, TenantModel, TenantQuerySet


@register()
def check_managers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """tenants.E001: a manager, or its queryset, is not derived from the tenants' own."""
    return [
        Error(
            f"{model._meta.label}.{manager.name} does not note which tenant a queryset is built for.",
            hint=f"Derive {type(manager).__name__} from databases.models.TenantManager and its "
            "queryset from TenantQuerySet.",
            obj=model,
            id="tenants.E001",
        )
        for model in apps.get_models()
        if issubclass(model, TenantModel)
        and (app_configs is None or model._meta.app_config in app_configs)
        for manager in model._meta.managers
        if not (
            isinstance(manager, TenantManager)
            and issubclass(manager._queryset_class, TenantQuerySet)
        )
    ]
