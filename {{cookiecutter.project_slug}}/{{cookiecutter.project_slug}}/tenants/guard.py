"""Refuses work on one tenant's database while another tenant is active.

The router asks first, because it can name the model. The connection asks again for every statement:
``.using()``, raw cursors and ``atomic()`` pass the router by, but not the connection.
"""

from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import Model
from django.dispatch import receiver

from ..databases.exceptions import TenantRequired, WrongTenant
from ..databases.guards import add_guard
from ..databases.routing import facts
from .context import current_tenant

# Ending a transaction must work whatever is active, or its locks would stay.
_ENDINGS = ("ROLLBACK", "RELEASE")


def tenant_required(model: type[Model]) -> TenantRequired:
    return TenantRequired(
        f"{model._meta.label} lives in tenants' databases and no tenant is active: "
        'enter tenant_context("<name>"), or name a database with .using("<TENANT>").'
    )


def refuse_other_tenant(active: str, alias: str, built_for: str, model: type[Model]) -> None:
    """Checks where an object came from and what a queryset was built for against the active tenant.

    Raises:
        WrongTenant: they differ.
    """
    owner = facts(alias).get("TENANT")
    if owner != active:
        raise WrongTenant(
            f"This {model._meta.label} belongs to {owner or alias!r}, but {active!r} is active: "
            f"work on it inside tenant_context({owner or alias!r})."
        )
    if built_for != active:
        raise WrongTenant(
            f"This queryset of {model._meta.label} was built for {built_for!r}, but {active!r} is active: "
            "build it again, or evaluate it where it was built."
        )


def refuse_statement(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """An execute wrapper for tenants' connections.

    Raises:
        WrongTenant: another tenant is active.
    """
    active = current_tenant()
    connection = context["connection"]
    owner = connection.settings_dict["TENANT"]
    if active is not None and active != owner and not str(sql).startswith(_ENDINGS):
        raise WrongTenant(
            f"{connection.alias} is the database of {owner!r}, but {active!r} is active: "
            f"work on it inside tenant_context({owner!r})."
        )
    return execute(sql, params, many, context)


@receiver(connection_created)
def guard_tenant(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.settings_dict.get("TENANT"):
        add_guard(connection, refuse_statement)
