"""What ``on_commit()`` is given can be changed before a connection keeps it.

``transaction.on_commit()`` is a function that others have imported long before any app is ready, and it asks the
connection. There is no hook for all of what it is given, so the connection's method is wrapped. No ticket known.
"""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.patches import Patch, takes, uses


def change_hooks(
    connection: BaseDatabaseWrapper, change: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> None:
    """Has this connection keep ``change(func)`` for each ``on_commit(func)``."""
    if "on_commit" in vars(connection):
        return
    on_commit = connection.on_commit

    def changed(func: Any, robust: bool = False) -> None:
        on_commit(change(func) if callable(func) else func, robust)

    connection.on_commit = changed  # type: ignore[method-assign]


def _expects() -> None:
    takes(BaseDatabaseWrapper.on_commit, "self", "func", "robust=False")
    uses(transaction.on_commit, "get_connection", "on_commit")


PATCH = Patch("commit_hooks", tried=("5.2", "6.1"), expects=_expects)
