"""What is really written, and in which transactions: each primary's connection tells."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from manydb.core.statements import may_write
from manydb.patches.driver_cursors import add_check
from manydb.replicas.open_transactions import watch_transactions
from manydb.replicas.read_relations import reads_known_tables
from manydb.replicas.reads import current_reads


def note_write(connection: BaseDatabaseWrapper, sql: object) -> None:
    """A check of statements for primaries: what is really executed counts, not the HTTP method."""
    current_reads().wrote(connection.alias)


def only_reads_whatever_it_calls(sql: str) -> bool:
    return not may_write(sql) and reads_known_tables(sql)


@receiver(connection_created)
def watch_primary(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.settings_dict.get("REPLICAS"):
        watch_transactions(connection)
        add_check(connection, note_write, only_reads_whatever_it_calls)
