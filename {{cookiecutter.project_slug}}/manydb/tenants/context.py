"""The active tenant: a context variable, so that threads, tasks and requests each have their own."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.db import transaction

from manydb.core.exceptions import TenantRequired, UnknownDatabase
from manydb.core.ownership import Active, Owner, current
from manydb.core.routing import alias_of_tenant, facts
from manydb.core.scopes import Scope
from manydb.tenants import catalog
from manydb.tenants.advice import advice


def current_tenant() -> str | None:
    """The name of the active tenant, or None."""
    active = current.get()
    return active.name if active else None


def current_identity() -> str:
    """The UUID of the active tenant; "" if there is none."""
    active = current.get()
    return str(active.owner) if active else ""


def current_owner() -> Owner | None:
    """Whom new objects and queries belong to: the active tenant, or None."""
    active = current.get()
    return active.owner if active else None


def active_alias() -> str | None:
    """The alias of the active tenant's primary, or None; ``tenant_context`` has found that it exists."""
    active = current.get()
    return active.alias if active else None


class tenant_context(Scope):  # in lower case: it is used like a function
    """Makes a tenant the active one. A context manager and a decorator, for sync and async code; nests.

    Args:
        owner: the tenant that is meant, if another one may have its name by now.

    Raises:
        UnknownDatabase: on entering, if there is no such tenant.
    """

    def __init__(self, name: str, owner: Owner | None = None) -> None:
        super().__init__(current, name)
        self.owner = owner

    def entered(self) -> Active:
        active = catalog.known_now(self.value)
        if active is None:
            changes = catalog.changes
            alias = alias_of_tenant(self.value)
            aliases = frozenset((alias, *facts(alias).get("REPLICAS", ())))
            active = Active(self.value, alias, catalog.owner_of(self.value), aliases)
            catalog.know(active, changes)
        if self.owner not in (None, active.owner):
            raise UnknownDatabase(
                f"The tenant {self.value!r} was dropped, and another one has its name now. Enter tenant_context() again."
            )
        return active


class no_tenant(Scope):
    """Deactivates the current tenant inside the block: for work that belongs to no tenant."""

    def __init__(self) -> None:
        super().__init__(current, None)


def keeping_tenant(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the function for a later call, which runs with the tenant that is active now, if any."""
    return Scope(current, current.get())(function)


def tenant_atomic(savepoint: bool = True, durable: bool = False) -> AbstractContextManager[None]:
    """``transaction.atomic()`` on the active tenant's database; plain ``atomic()`` would open one on ``default``.

    Raises:
        TenantRequired: no tenant is active.
    """
    if (tenant := current_tenant()) is None:
        raise TenantRequired(f"tenant_atomic() was called and no tenant is active: {advice()}")
    return transaction.atomic(alias_of_tenant(tenant), savepoint, durable)
