"""What is really written, and in which transactions: each primary's connection tells."""

from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from manydb.core.guards import add_guard
from manydb.core.statements import may_write
from manydb.replicas.open_transactions import watch_transactions
from manydb.replicas.reads import current_reads


def note_write(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """An execute wrapper for primaries: what is really executed counts, not the HTTP method."""
    if may_write(sql):
        current_reads().wrote(context["connection"].alias)
    return execute(sql, params, many, context)


@receiver(connection_created)
def watch_primary(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.settings_dict.get("REPLICAS"):
        watch_transactions(connection)
        add_guard(connection, note_write)
