"""Refuses writes to replicas before the server sees them, raw SQL included.

``connection_created`` fires for every alias in every thread, so no connection is ever without its
guard. Guards go to the front of ``execute_wrappers``: Django's ``execute_wrapper()`` takes the last
one off when it ends, which would be ours if the connection was opened inside it.
"""

from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from .cursors import watch_cursors
from .exceptions import ReadOnlyDatabase
from .statements import only_reads

Wrapper = Callable[..., Any]


def add_guard(connection: BaseDatabaseWrapper, guard: Wrapper) -> None:
    """Puts a guard before all other wrappers of this connection, once, and all its statements through them."""
    watch_cursors(connection)
    if guard not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, guard)


def refuse_writes(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """An execute wrapper for replicas.

    Raises:
        ReadOnlyDatabase: the statement is not known to read only.
    """
    if not only_reads(sql):
        connection = context["connection"]
        raise ReadOnlyDatabase(
            f"{connection.alias} is a read-only replica and was about to get a write: "
            f'use .using("{connection.settings_dict["REPLICA_OF"]}").'
        )
    return execute(sql, params, many, context)


@receiver(connection_created)
def guard_replica(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.settings_dict.get("REPLICA_OF"):
        add_guard(connection, refuse_writes)
