"""Refuses work on one tenant's database while another tenant is active.

The router asks first, because it can name the model; querysets, objects and the signal of ``save()`` ask where
Django passes the router by (``querysets``, ``core.models``, ``model_parts``). The connection asks again for every statement:
``.using()``, raw cursors and ``atomic()`` pass all of them by, but not the connection.
"""

from collections.abc import Iterable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import Model
from django.dispatch import receiver

from manydb.core.exceptions import TenantRequired, WrongTenant
from manydb.core.ownership import Ownership, register
from manydb.core.routing import (
    facts,
    known_primary,
    lives_in_tenants,
    origin,
    pinned,
    primary_for,
    primary_of,
)
from manydb.core.rules import refuse_foreign_relations
from manydb.patches.driver_cursors import add_check
from manydb.patches.object_state import where_last_used
from manydb.tenants.context import active_alias, current_tenant

# Ending a transaction must work whatever is active, or its locks would stay.
_ENDINGS = ("ROLLBACK", "RELEASE")


def tenant_required(model: type[Model]) -> TenantRequired:
    return TenantRequired(
        f"{model._meta.label} lives in tenants' databases and no tenant is active: "
        'enter tenant_context("<name>"), or name a database with .using("<TENANT>").'
    )


def primary_for_tenant(model: type[Model], instance: Any = None) -> str | None:
    """``primary_for()`` that knows the active tenant: a tenant's model lives in that tenant's database.

    Raises:
        TenantRequired: no tenant is active, and no object says whose it is.
        WrongTenant: the object belongs to another tenant than the active one.
    """
    try:
        if instance is None and (primary := pinned.get(model)):
            return primary
    except TypeError:  # an object that has no hash
        return None
    if not lives_in_tenants(model):
        return primary_for(model, instance)
    active = active_alias()
    if instance is not None:
        alias = where_last_used(instance)
        # Nearly always so, and asked for each row that is saved: no more calls than needed.
        if active is not None and alias is not None and instance.__class__ is model:  # noqa: SIM102
            if alias == active or primary_of(alias) == active:
                return active
        refuse_object(instance)
        if alias := origin(model, instance):
            return known_primary(alias)
    if active is None:
        raise tenant_required(model)
    return active


def tenant_of(instance: Any) -> str | None:
    """Whose an object is; None if it is shared, or new and made while no tenant was active."""
    state = getattr(instance, "_state", None)
    if getattr(state, "adding", False) and isinstance(maker := getattr(state, "tenant", None), str):
        return maker
    if (alias := where_last_used(instance)) is None:
        return None
    if known := facts(alias):
        return None if known["ROLE"] == "shared" else known.get("TENANT") or alias
    return alias if lives_in_tenants(instance.__class__) else None  # the tenant may be gone


def refuse_object(instance: Any, alias: str | None = None) -> None:
    """Checks an object against the active tenant and, if it is given, the database it is to be used with.

    Raises:
        WrongTenant: it belongs to another tenant.
    """
    if (owner := tenant_of(instance)) is None:
        return
    if (active := current_tenant()) not in (None, owner):
        raise WrongTenant(
            f"This {instance._meta.label} belongs to {owner!r}, but {active!r} is active: "
            f"work on it inside tenant_context({owner!r})."
        )
    if alias and (home := facts(alias).get("TENANT")) not in (None, owner):
        raise WrongTenant(
            f"This {instance._meta.label} belongs to {owner!r}, and {alias} is the database of "
            f"{home!r}: make a new object with its values there."
        )


def refuse_row(instance: Model, alias: str) -> None:
    """Checks an object that is about to be written there, with the objects that it points to."""
    refuse_object(instance)
    refuse_foreign_relations(instance, alias)
    refuse_object(instance, alias)


def are_of_one_tenant(instances: Iterable[object]) -> bool:
    """Whether objects may be related, or be filled by one query.

    Raises:
        WrongTenant: one belongs to another tenant than the active one.
    """
    owners: set[str | None] = {None}
    for instance in instances:
        refuse_object(instance)
        owners.add(tenant_of(instance))
    return len(owners) <= 2


def refuse_statement(connection: BaseDatabaseWrapper, sql: object) -> None:
    """A check of statements for tenants' connections.

    Raises:
        WrongTenant: another tenant is active.
    """
    active = current_tenant()
    owner = connection.settings_dict["TENANT"]
    if active is not None and active != owner and not str(sql).startswith(_ENDINGS):
        raise WrongTenant(
            f"{connection.alias} is the database of {owner!r}, but {active!r} is active: "
            f"work on it inside tenant_context({owner!r})."
        )


@receiver(connection_created)
def guard_tenant(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.settings_dict.get("TENANT"):
        add_check(connection, refuse_statement)


class TenantOwnership(Ownership):
    """What ``TenantModel`` and its querysets ask."""

    active = staticmethod(current_tenant)
    of_object = staticmethod(tenant_of)
    refuse_object = staticmethod(refuse_object)
    refuse_row = staticmethod(refuse_row)

    def of_alias(self, alias: str | None) -> str | None:
        return facts(alias).get("TENANT") if alias else None


register(TenantOwnership())
