"""What ``on_commit()`` was given runs with the tenant that was active then, on whichever database.

The commit may come when the tenant's context has ended, or inside another tenant's.
"""

from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from manydb.tenants.context import keeping_tenant


@receiver(connection_created)
def keep_tenants(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if "on_commit" not in vars(connection):
        connection.on_commit = _keeping(connection.on_commit)  # type: ignore[method-assign]


def _keeping(on_commit: Callable[..., None]) -> Callable[..., None]:
    def later(func: Any, robust: bool = False) -> None:
        on_commit(keeping_tenant(func) if callable(func) else func, robust)

    return later
