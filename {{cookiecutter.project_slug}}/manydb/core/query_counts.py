"""How many queries a request sends to each alias, for LOG_QUERIES."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

# By alias; None where they are not counted.
counts: ContextVar[dict[str, int] | None] = ContextVar("query_counts", default=None)


def install() -> None:
    """Has the queries of all connections counted, those that are open and those to come."""
    connection_created.connect(_watch, dispatch_uid=f"{__name__}.watch")
    for connection in connections.all(initialized_only=True):
        _watch(connection)


def _watch(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if _count not in connection.execute_wrappers:
        connection.execute_wrappers.append(_count)


def _count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    found = counts.get()
    if found is not None:
        alias = context["connection"].alias
        found[alias] = found.get(alias, 0) + 1
    return execute(sql, params, many, context)
