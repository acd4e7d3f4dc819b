"""Refuses writes to replicas and read-only databases before the server sees them, raw SQL included.

``connection_created`` fires for every alias in every thread, so no connection is ever without its guard.
"""

from collections.abc import Mapping
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from manydb.core.exceptions import ReadOnlyDatabase
from manydb.core.routing import facts
from manydb.core.statements import may_write, only_reads
from manydb.patches.driver_cursors import add_check


def refuse_writes(connection: BaseDatabaseWrapper, sql: object) -> None:
    """A check of statements that don't pass, for replicas and read-only databases: they are not known to read only.

    Where no session of the server's is read-only, one that calls a function passes only if that writes nothing.

    Raises:
        ReadOnlyDatabase: always.
    """
    entry = connection.settings_dict
    page = "replicas.md" if entry.get("REPLICA_OF") else "legacy-writing.md"
    raise ReadOnlyDatabase(no_writes(connection.alias, entry), page=page)


def writes_nothing(sql: str) -> bool:
    """Whether a statement only reads, functions included."""
    return not may_write(sql)


def is_guarded_alone(entry: Mapping[str, Any], primary: Mapping[str, Any]) -> bool:
    """Whether no server refuses writes: the alias is its primary's server, past a pooler that keeps no sessions."""
    options = str(entry.get("OPTIONS")).lower().replace("_", " ")
    return (
        bool(entry.get("POOLER") or entry.get("DISABLE_SERVER_SIDE_CURSORS"))
        and "read only" not in options
        and all(entry.get(key) == primary.get(key) for key in ("HOST", "PORT"))
    )


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
    entry = connection.settings_dict
    if no_writes(connection.alias, entry):
        alone = is_guarded_alone(entry, facts(entry.get("REPLICA_OF") or connection.alias))
        add_check(connection, refuse_writes, writes_nothing if alone else only_reads)
