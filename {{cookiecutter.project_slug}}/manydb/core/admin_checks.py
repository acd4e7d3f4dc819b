"""Finds tenants' models in an admin that can't find their database: where there are no tenants, no router can."""

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage

from manydb.core.findings import Error
from manydb.core.late_checks import register
from manydb.core.routing import PER_TENANT, home_of


@register("admin")
def check_admins(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E021: a tenants' model is registered with a plain ModelAdmin, which names no database."""
    if "manydb_tenants" in apps.app_configs or not apps.is_installed("django.contrib.admin"):
        return []
    from django.contrib import admin

    from manydb.core.admin_log import LogOfOneTenant

    return [
        Error(
            f"{model._meta.label} lives in tenants' databases, and its admin asks for no database by name.",
            hint=f"Derive {type(model_admin).__name__} from manydb.admin.DatabaseAdmin.",
            obj=type(model_admin),
            id="manydb.E021",
        )
        for model in apps.get_models()
        if home_of(model) == PER_TENANT and admin.site.is_registered(model)
        for model_admin in [admin.site.get_model_admin(model)]
        if not isinstance(model_admin, LogOfOneTenant)
    ]
