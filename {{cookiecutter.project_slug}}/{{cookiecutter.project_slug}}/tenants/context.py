"""The active tenant: a context variable, so that threads, tasks and requests each have their own."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

from django.db import transaction

from ..databases.exceptions import TenantRequired
from ..databases.routing import alias_of_tenant

_current: ContextVar[str | None] = ContextVar("current_tenant", default=None)


def current_tenant() -> str | None:
    """The name of the active tenant, or None."""
    return _current.get()


@contextmanager
def tenant_context(name: str) -> Iterator[None]:
    """Makes a tenant the active one. A context manager and a decorator, for sync and async code; nests.

    The variable is set back by value: a token can't be reset in another context, and under ASGI the
    end of a response often runs in another one.

    Raises:
        UnknownDatabase: there is no such tenant.
    """
    alias_of_tenant(name)
    before = _current.get()
    _current.set(name)
    try:
        yield
    finally:
        _current.set(before)


def tenant_atomic(savepoint: bool = True, durable: bool = False) -> AbstractContextManager[None]:
    """``transaction.atomic()`` on the active tenant's database; plain ``atomic()`` would open one on ``default``.

    Raises:
        TenantRequired: no tenant is active.
    """
    if (tenant := current_tenant()) is None:
        raise TenantRequired(
            "tenant_atomic() needs an active tenant: enter tenant_context(<name>) first."
        )
    return transaction.atomic(alias_of_tenant(tenant), savepoint, durable)
