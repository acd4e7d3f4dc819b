"""Refuses work on one tenant's database while another tenant is active.

The router asks first, because it can name the model; querysets and objects ask where Django passes the
router by (``querysets``, ``databases.models``). The connection asks again for every statement:
``.using()``, raw cursors and ``atomic()`` pass all of them by, but not the connection.
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


def tenant_of(instance: Model) -> str | None:
    """Whose an object is; None if it is shared, or new and made while no tenant was active."""
    if (alias := instance._state.db) is None:
        return getattr(instance._state, "tenant", None)
    known = facts(alias)
    return None if known.get("ROLE") == "shared" else known.get("TENANT") or alias


def refuse_other_tenant(active: str, alias: str, model: type[Model]) -> None:
    """Checks the alias that an object came from against the active tenant.

    Raises:
        WrongTenant: it is not a database of the active tenant.
    """
    owner = facts(alias).get("TENANT")
    if owner != active:
        raise _not_yours(model, owner or alias, active)


def refuse_object(instance: Model) -> None:
    """Checks an object against the active tenant, where no router sees it.

    Raises:
        WrongTenant: it belongs to another tenant.
    """
    active = current_tenant()
    if active is not None and (owner := tenant_of(instance)) not in (None, active):
        raise _not_yours(type(instance), owner, active)


def refuse_row(instance: Model) -> None:
    """The same for an object that is about to be written, and for the objects that it points to."""
    refuse_object(instance)
    for related in instance._state.fields_cache.values():
        if isinstance(related, Model):
            refuse_object(related)


def _not_yours(model: type[Model], owner: str | None, active: str) -> WrongTenant:
    return WrongTenant(
        f"This {model._meta.label} belongs to {owner!r}, but {active!r} is active: "
        f"work on it inside tenant_context({owner!r})."
    )


def refuse_relation(first: Model, second: Model) -> None:
    """Checks two objects that are about to be related.

    Raises:
        WrongTenant: one of them belongs to another tenant than the active one.
    """
    refuse_object(first)
    refuse_object(second)


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
