"""Finds a project whose membership can't be looked up."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from manydb.core.conf import SETTINGS, conf
from manydb.tenants.membership.rule import APP, is_kept


@register()
def check_membership(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E202: TENANT_MEMBERSHIP is on, and there is no table of members."""
    is_own = SETTINGS["TENANT_MEMBERSHIP_RULE"].default != conf.TENANT_MEMBERSHIP_RULE
    if not conf.TENANT_MEMBERSHIP or is_own or is_kept():
        return []
    return [
        Error(
            "TENANT_MEMBERSHIP is True, and no app keeps the members of tenants.",
            hint=f'Add "{APP}" to INSTALLED_APPS and run migrate_databases, or name a rule of your own in '
            "TENANT_MEMBERSHIP_RULE.",
            id="manydb.E202",
        )
    ]
