"""Refuses work on one tenant's database while another tenant is active.

The router asks first, because it can name the model; querysets, objects and the signal of ``save()`` ask where
Django passes the router by (``querysets``, ``core.models``, ``model_parts``). The connection asks again for every statement:
``.using()``, raw cursors and ``atomic()`` pass all of them by, but not the connection.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import SynchronousOnlyOperation
from django.db.backends.base.base import NO_DB_ALIAS, BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import Model
from django.dispatch import receiver

from manydb.core.exceptions import TenantRequired, UnknownDatabase, WrongTenant
from manydb.core.migrating import migrated_alias
from manydb.core.ownership import (
    Active,
    Owner,
    Ownership,
    another,
    current,
    is_plainly_of,
    register,
)
from manydb.core.patterns import pattern
from manydb.core.routing import (
    PER_TENANT,
    facts,
    homes,
    known_primary,
    lives_in_tenants,
    origin,
    pinned,
    primary_for,
)
from manydb.core.rules import refuse_foreign_relations
from manydb.patches.driver_cursors import add_check, cursors_of
from manydb.patches.object_state import where_last_used
from manydb.patches.server_cursors import is_tested
from manydb.tenants import catalog
from manydb.tenants.advice import advice
from manydb.tenants.context import current_owner

# What touches no row. Ending a transaction must work whatever is active, or its locks would stay; and a TestCase that
# names databases of several tenants begins one in each.
_WITHOUT_ROWS = pattern(r"(BEGIN|SAVEPOINT|ROLLBACK|RELEASE)\b[^;]*")


def tenant_required(model: type[Model]) -> TenantRequired:
    what_to_do = advice(
        model._meta.label,
        'enter tenant_context("<name>"), or name a database with .using("<TENANT>").',
    )
    return TenantRequired(
        f"{model._meta.label} lives in tenants' databases and no tenant is active: {what_to_do}"
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
        home = homes.get(model)
    except TypeError:  # an object that has no hash
        return None
    if home != PER_TENANT and not lives_in_tenants(model):
        return primary_for(model, instance)
    tenant = current.get()
    active: str | None = tenant.alias if tenant is not None else None
    if instance is not None:
        # Nearly always so, and asked for each row that is saved: no calls.
        if tenant is not None and instance.__class__ is model:
            state = vars(instance._state)
            if state.get("_alias") in tenant.aliases and state.get("tenant") == tenant.owner:
                return active
        refuse_object(instance)
        if alias := origin(model, instance):
            return known_primary(alias)
    if active is None:
        raise tenant_required(model)
    return active


def tenant_of(instance: Any) -> Owner | None:
    """Whose an object is; None if it is shared, or new and made while no tenant was active."""
    state = getattr(instance, "_state", None)
    maker = getattr(state, "tenant", None)
    if not isinstance(maker, Owner):
        maker = None
    if maker is not None and getattr(state, "adding", False):
        return maker
    if (alias := where_last_used(instance)) is None:
        return None
    if known := facts(alias):
        if known["ROLE"] == "shared":
            return None
        # Where it is now says less than whose it was when it was made of its row.
        maker = maker or getattr(alias, "owner", None)
        if maker is not None and maker.name == known.get("TENANT"):
            return maker
        return owner_of_alias(alias) or Owner(alias, alias)
    if not lives_in_tenants(instance.__class__):
        return None
    return maker or Owner(alias, alias.lower())  # the tenant may be gone


def owner_of_alias(alias: str | None) -> Owner | None:
    """Whose database this is; None for one that is shared, and in an event loop if it can't be known there."""
    name = facts(alias).get("TENANT") if alias else None
    if name is None:
        return None
    active = current_owner()
    if active is not None and active.name == name:
        return active
    try:
        return catalog.owner_of(name)
    except (SynchronousOnlyOperation, UnknownDatabase):  # gone, a moment later
        return None


def refuse_object(instance: Any, alias: str | None = None) -> None:
    """Checks an object against the active tenant and, if it is given, the database it is to be used with.

    Raises:
        WrongTenant: it belongs to another tenant.
    """
    now = current.get()
    if now is not None and (alias is None or alias in now.aliases) and is_plainly_of(instance, now):
        return  # nearly always
    if (owner := tenant_of(instance)) is None:
        return
    if (active := current_owner()) not in (None, owner):
        raise WrongTenant(
            f"This {instance._meta.label} belongs to {another(owner, active)}, but {active!r} is active: "
            f"{_inside(owner, active)}."
        )
    if alias and (home := owner_of_alias(alias)) not in (None, owner):
        raise WrongTenant(
            f"This {instance._meta.label} belongs to {another(owner, home)}, and {alias} is the database of "
            f"{home!r}: make a new object with its values there."
        )


def _inside(owner: Owner, active: Owner | None) -> str:
    if active is not None and active.name == owner.name:
        return "read it again"
    return f"work on it inside tenant_context({owner!r})"


def refuse_row(instance: Model, alias: str) -> None:
    """Checks an object that is about to be written there, with the objects that it points to."""
    refuse_object(instance)
    refuse_foreign_relations(instance, alias)
    refuse_object(instance, alias)
    state = instance._state
    if getattr(state, "tenant", None) is None and lives_in_tenants(instance.__class__):
        state.tenant = owner_of_alias(alias)  # type: ignore[attr-defined]


def are_of_one_tenant(instances: Iterable[object]) -> bool:
    """Whether objects may be related, or be filled by one query.

    Raises:
        WrongTenant: one belongs to another tenant than the active one.
    """
    owners: set[Owner | None] = {None}
    active = current.get()
    for instance in instances:
        if active is not None and is_plainly_of(instance, active):
            owners.add(active.owner)
            continue
        refuse_object(instance)
        owners.add(tenant_of(instance))
    return len(owners) <= 2


def refuse_statement(connection: BaseDatabaseWrapper, sql: object) -> None:
    """A check of statements for tenants' connections.

    Raises:
        WrongTenant: another tenant is active.
    """
    active = current.get()  # asked for each statement
    if active is None or getattr(connection, "identity", "") == active.owner:
        return
    if _is_of(connection, active) or _WITHOUT_ROWS.fullmatch(str(sql)):
        return
    if connection.alias == NO_DB_ALIAS and is_tested():
        return  # a test database is made, or dropped, as TEST_TENANT is active
    name = connection.settings_dict["TENANT"]
    earlier = "an earlier tenant " if active.name == name else ""
    what_to_do = f"work on it inside tenant_context({name!r})."
    if migrated_alias():
        what_to_do = "leave out the alias, for this runs in each tenant's database."
    raise WrongTenant(
        f"{connection.alias} is the database of {earlier}{name!r}, but {active.name!r} is active: {what_to_do}"
    )


def refuse_rows(connection: BaseDatabaseWrapper) -> None:
    """A check of rows for tenants' connections: a cursor may come into other hands after its statement.

    Raises:
        WrongTenant: another tenant is active.
    """
    active = current.get()  # asked for each handful of rows
    if active is None or getattr(connection, "identity", "") == active.owner:
        return
    if _is_of(connection, active):
        return
    name = connection.settings_dict["TENANT"]
    earlier = "an earlier tenant " if active.name == name else ""
    raise WrongTenant(
        f"This cursor reads from {connection.alias}, the database of {earlier}{name!r}, but {active.name!r} is "
        f"active: read its rows inside tenant_context({name!r})."
    )


def _is_of(connection: BaseDatabaseWrapper, active: Active) -> bool:
    """Whether a connection is the active tenant's: by what the database has said of itself, or else by name."""
    identity = getattr(connection, "identity", "")
    if identity:
        return bool(identity == active.owner)
    return bool(connection.settings_dict["TENANT"] == active.name)


@receiver(connection_created)
def guard_tenant(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.settings_dict.get("TENANT"):
        add_check(connection, refuse_statement)
        cursors_of(connection).rows_check = refuse_rows


class TenantOwnership(Ownership):
    """What ``TenantModel`` and its querysets ask."""

    active = staticmethod(current_owner)
    of_object = staticmethod(tenant_of)
    refuse_object = staticmethod(refuse_object)
    refuse_row = staticmethod(refuse_row)

    of_alias = staticmethod(owner_of_alias)

    def command(self, words: str) -> str:
        return f"python manage.py tenant_command <tenant> -- {words}"


register(TenantOwnership())
