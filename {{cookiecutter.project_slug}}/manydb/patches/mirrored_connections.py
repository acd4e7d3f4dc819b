"""In tests a replica's connection is its primary's.

``TEST["MIRROR"]`` is the documented setting. It opens a second connection, which sees nothing of the transaction
that ``TestCase`` runs in. Upstream ticket: 23718. The handler's method that makes connections is replaced, a
cursor is told another connection, and what a test may not use is recognised by Django's private class for it.
"""

from collections.abc import Callable
from typing import Any

from django.db import connections
from django.db.backends.utils import CursorWrapper
from django.db.utils import ConnectionHandler
from django.test import testcases

from manydb.patches import Patch, expect, has, takes, uses


def make_connections(make: Callable[[Callable[[str], Any], str], Any]) -> None:
    """Has each connection of each thread be ``make(create, alias)``, where ``create(alias)`` is Django's."""
    create = type(connections).create_connection

    def made(alias: str) -> Any:
        return make(lambda alias: create(connections, alias), alias)

    connections.create_connection = made  # type: ignore[method-assign]


def run_wrappers_of(cursor: CursorWrapper, connection: Any) -> None:
    """Makes the execute wrappers of this connection those that the cursor runs."""
    cursor.db = connection


# Instruments such as django-debug-toolbar leave a connection alone whose methods are of this class.
Forbidden: Any = testcases._DatabaseFailure


def is_forbidden(method: Any) -> bool:
    """Whether this stands for a method of a connection that the test under way may not use."""
    return isinstance(method, Forbidden)


def _expects() -> None:
    takes(vars(ConnectionHandler)["create_connection"], "self", "alias")
    uses(ConnectionHandler.__getitem__, "create_connection")
    has(CursorWrapper(None, None), "db", "cursor")
    wrapper: Any = CursorWrapper
    uses(wrapper._execute_with_wrappers, "db", "execute_wrappers")
    case: Any = testcases.SimpleTestCase
    uses(case._add_databases_failures, "_DatabaseFailure")
    uses(case._remove_databases_failures, "wrapped")
    expect(
        "wrapped" in vars(testcases._DatabaseFailure(None, "")),
        "_DatabaseFailure keeps what it stands for",
    )


PATCH = Patch("mirrored_connections", tried=("5.2", "6.1"), expects=_expects)
