"""Refuses writes to replicas and read-only databases before the server sees them, raw SQL included.

``connection_created`` fires for every alias in every thread, so no connection is ever without its
guard. Guards go to the front of ``execute_wrappers``: Django's ``execute_wrapper()`` takes the last
one off when it ends, which would be ours if the connection was opened inside it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from manydb.core.exceptions import ReadOnlyDatabase
from manydb.core.statements import only_reads
from manydb.patches.watched_cursors import watch_cursors

Wrapper = Callable[..., Any]


def add_guard(connection: BaseDatabaseWrapper, guard: Wrapper) -> None:
    """Puts a guard before all other wrappers of this connection, once, and all its statements through them."""
    watch_cursors(connection)
    if guard not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, guard)


def refuse_writes(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """An execute wrapper for replicas and read-only databases.

    Raises:
        ReadOnlyDatabase: the statement is not known to read only.
    """
    if not only_reads(sql):
        connection = context["connection"]
        raise ReadOnlyDatabase(no_writes(connection.alias, connection.settings_dict))
    return execute(sql, params, many, context)


def no_writes(alias: str, facts: Mapping[str, Any]) -> str:
    """Why nothing may be written there, and what to do; empty where it may."""
    if primary := facts.get("REPLICA_OF"):
        return (
            f'{alias} is a read-only replica and was about to get a write: use .using("{primary}").'
        )
    if facts.get("READ_ONLY"):
        return (
            f"{alias} is read-only and was about to get a write: to allow writes, "
            "take read_only=True off its line in settings/databases.py."
        )
    return ""


@receiver(connection_created)
def guard_read_only(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if no_writes(connection.alias, connection.settings_dict):
        add_guard(connection, refuse_writes)
