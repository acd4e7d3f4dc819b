"""Finds a project whose members can't be looked up."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage

from manydb.core.conf import SETTINGS, conf
from manydb.core.findings import Error
from manydb.core.late_checks import register
from manydb.core.routing import PER_TENANT, home_of
from manydb.tenants.membership.rule import APP, is_kept


@register()
def check_members(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E202: TENANT_MEMBERSHIP is on, and there is no table of members."""
    is_own = SETTINGS["TENANT_MEMBERSHIP_RULE"].default != conf.TENANT_MEMBERSHIP_RULE
    if not conf.TENANT_MEMBERSHIP or is_own or is_kept():
        return []
    return [
        Error(
            "TENANT_MEMBERSHIP is True, and no app keeps the members of tenants.",
            hint=f'Add "{APP}" to INSTALLED_APPS and run migrate_databases, or name your own rule in '
            "TENANT_MEMBERSHIP_RULE.",
            id="manydb.E202",
        )
    ]


@register()
def check_users(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E203: each tenant has users of its own, and the app keeps members for shared ones."""
    if not (is_kept() and apps.is_installed("django.contrib.auth")):
        return []
    if home_of(apps.get_model(settings.AUTH_USER_MODEL)) != PER_TENANT:
        return []
    return [
        Error(
            f"{settings.AUTH_USER_MODEL} lives in tenants' databases, and {APP} keeps which shared users may enter.",
            hint=f'Take "{APP}" out of INSTALLED_APPS, and TENANT_MEMBERSHIP out of the settings.',
            id="manydb.E203",
        )
    ]
