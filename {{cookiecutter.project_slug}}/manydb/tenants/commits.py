"""What ``on_commit()`` was given runs with the tenant that was active then, on whichever database.

The commit may come when the tenant's context has ended, or inside another tenant's.
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from manydb.patches.commit_hooks import change_hooks
from manydb.tenants.context import keeping_tenant


@receiver(connection_created)
def keep_tenants(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    change_hooks(connection, _Kept)


class _Kept:
    """A callback with its tenant. It equals the callback: tests compare what ``captureOnCommitCallbacks`` gives them."""

    def __init__(self, callback: Callable[..., Any]) -> None:
        self.callback = callback
        self._with_tenant = keeping_tenant(callback)
        update_wrapper(self, callback)  # Django logs its name if it fails

    def __call__(self) -> Any:
        return self._with_tenant()

    def __eq__(self, other: object) -> bool:
        return bool(self.callback == (other.callback if isinstance(other, _Kept) else other))

    def __hash__(self) -> int:
        return hash(self.callback)
