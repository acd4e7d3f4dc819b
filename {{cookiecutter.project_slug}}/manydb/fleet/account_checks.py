"""Finds, before a deployment, an administrator's account that can't log in."""

from typing import Any

from django.core.checks import CheckMessage, Tags
from django.db import connections

from manydb.core.findings import Warning
from manydb.core.late_checks import register
from manydb.core.placement import shared_alias
from manydb.fleet.admin_account import PASSWORD, USER, admin_login
from manydb.parameters import get_param


@register(Tags.security, deploy=True)
def check_admin(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W019: DATABASE_ADMIN_USER without DATABASE_ADMIN_PASSWORD, or the other way round."""
    entry = connections.settings[shared_alias()]
    if "rds_iam" in str(entry.get("ENGINE")):
        return []  # a token is its password
    login = admin_login(entry)
    given = (login.password if login else get_param(PASSWORD, "")) != ""
    if (login is not None) == given:
        return []
    has, lacks = (USER, PASSWORD) if login else (PASSWORD, USER)
    return [
        Warning(
            f"{has} is set, and {lacks} is not, so deploy_databases and the tenants' commands can't log in with it.",
            hint=f"Set {lacks}, or leave both out where pages are served.",
            id="manydb.W019",
        )
    ]
