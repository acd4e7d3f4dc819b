"""Refuses writes to replicas and read-only databases before the server sees them, raw SQL included.

``connection_created`` fires for every alias in every thread, so no connection is ever without its guard.
"""

from collections.abc import Mapping
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from manydb.core.exceptions import ReadOnlyDatabase
from manydb.core.statements import only_reads
from manydb.patches.driver_cursors import add_check


def refuse_writes(connection: BaseDatabaseWrapper, sql: object) -> None:
    """A check of statements for replicas and read-only databases.

    Raises:
        ReadOnlyDatabase: the statement is not known to read only.
    """
    if not only_reads(sql):
        raise ReadOnlyDatabase(no_writes(connection.alias, connection.settings_dict))


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
        add_check(connection, refuse_writes)
