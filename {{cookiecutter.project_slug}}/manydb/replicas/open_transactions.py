"""Which primaries have a transaction open in this thread.

Routers ask before every read, and ``connections[alias]`` alone costs more than everything else they do.
So connections tell when they leave autocommit, and only of those few a router takes a closer look.
"""

import threading

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.patches.autocommit import watch_autocommit
from manydb.patches.transactions_of_tests import is_of_testcase


class _Thread(threading.local):
    """The aliases that may have a transaction open: none is missing, one too many does no harm."""

    def __init__(self) -> None:
        self.aliases: set[str] = set()


opened = _Thread()


def watch_transactions(connection: BaseDatabaseWrapper) -> None:
    """Has a new connection tell when it leaves autocommit and when it returns to it."""
    watch_autocommit(connection, _left, _returned)


def _left(alias: str) -> None:
    opened.aliases.add(alias)


def _returned(alias: str) -> None:
    opened.aliases.discard(alias)


def in_transaction(alias: str) -> bool:
    """Whether this thread is inside a transaction that the code under way has opened.

    The transaction that ``TestCase`` wraps around every test is not one of them.
    """
    return alias in opened.aliases and _is_open(alias)


def _is_open(alias: str) -> bool:
    connection = connections[alias]
    if blocks := connection.atomic_blocks:
        return not is_of_testcase(blocks[-1])
    if connection.connection is None or connection.autocommit:
        opened.aliases.discard(alias)  # it was closed half-way
        return False
    return True
