"""Which primaries have a transaction open in this thread.

Routers ask before every read, and ``connections[alias]`` alone costs more than everything else they do.
So connections tell when they leave autocommit, and only of those few a router takes a closer look.
"""

import threading
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


class _Thread(threading.local):
    """The aliases that may have a transaction open: none is missing, one too many does no harm."""

    def __init__(self) -> None:
        self.aliases: set[str] = set()


opened = _Thread()


def watch_transactions(connection: BaseDatabaseWrapper) -> None:
    """Has a new connection tell when it leaves autocommit and when it returns to it."""
    if "set_autocommit" in vars(connection):
        return
    alias, set_autocommit = connection.alias, connection.set_autocommit

    def watched(autocommit: bool, *args: Any, **kwargs: Any) -> None:
        if not autocommit:
            opened.aliases.add(alias)
        set_autocommit(autocommit, *args, **kwargs)
        if autocommit:
            opened.aliases.discard(alias)

    connection.set_autocommit = watched  # type: ignore[method-assign]
    if not connection.autocommit:
        opened.aliases.add(alias)


def in_transaction(alias: str) -> bool:
    """Whether this thread is inside a transaction that the code under way has opened.

    The transaction that ``TestCase`` wraps around every test is not one of them.
    """
    return alias in opened.aliases and _is_open(alias)


def _is_open(alias: str) -> bool:
    connection = connections[alias]
    if blocks := connection.atomic_blocks:
        return not blocks[-1]._from_testcase  # type: ignore[attr-defined]
    if connection.connection is None or connection.autocommit:
        opened.aliases.discard(alias)  # it was closed half-way
        return False
    return True
