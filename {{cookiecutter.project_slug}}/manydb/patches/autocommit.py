"""A connection tells when it leaves autocommit and when it returns to it.

``connections[alias].in_atomic_block`` is what there is to ask. Routers would have to ask it before each read, and
``connections[alias]`` costs more than all else that they do. No signal is sent when a transaction begins, so the
connection's method is wrapped. No ticket known.
"""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.patches import Patch, has, takes, uses


def watch_autocommit(
    connection: BaseDatabaseWrapper, left: Callable[[str], None], returned: Callable[[str], None]
) -> None:
    """Calls one of these with the alias: before autocommit ends, and after it is back."""
    if "set_autocommit" in vars(connection):
        return
    alias, set_autocommit = connection.alias, connection.set_autocommit

    def watched(autocommit: bool, *args: Any, **kwargs: Any) -> None:
        if not autocommit:
            left(alias)
        set_autocommit(autocommit, *args, **kwargs)
        if autocommit:
            returned(alias)

    connection.set_autocommit = watched  # type: ignore[method-assign]
    if not connection.autocommit:
        left(alias)


def _expects() -> None:
    takes(
        BaseDatabaseWrapper.set_autocommit,
        "self",
        "autocommit",
        "force_begin_transaction_with_broken_autocommit=False",
    )
    uses(transaction.Atomic.__enter__, "set_autocommit", "atomic_blocks")
    uses(transaction.Atomic.__exit__, "set_autocommit", "atomic_blocks")
    uses(transaction.set_autocommit, "set_autocommit")
    uses(BaseDatabaseWrapper.__init__, "autocommit", "atomic_blocks")
    has(BaseDatabaseWrapper, "get_autocommit")


PATCH = Patch("autocommit", tried=("5.2", "6.1"), expects=_expects)
