"""A statement that its replica has lost or cancelled runs once more, on the primary.

It may: nothing was written, for guards let no write pass, and no row has been handed out, for the statement
itself has failed. Inside a transaction on the replica it may not, and while ``.iterator()`` fetches rows
from a cursor on the server it can't.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from manydb.core.guards import add_guard
from manydb.replicas import failures
from manydb.replicas.fallback import may_fall_back
from manydb.replicas.health import server_of
from manydb.replicas.reads import current_reads

logger = logging.getLogger(__name__)


def once_more_on_primary(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """An execute wrapper for replicas."""
    try:
        return execute(sql, params, many, context)
    except (OperationalError, InterfaceError) as error:
        replica: BaseDatabaseWrapper = context["connection"]
        primary = replica.settings_dict["REPLICA_OF"]
        lost = failures.connection_is_lost(error)
        if lost:
            server_of(replica.alias).fails(error)
            current_reads().keep_to_primary(primary)
        elif not failures.statement_was_cancelled(error):
            raise
        if many or replica.in_atomic_block or not may_fall_back(primary):
            raise
        if lost or not replica.is_usable():
            replica.close()
        logger.info("A statement that %s did not finish runs on %s", replica.alias, primary)
        return _run(sql, params, context["cursor"], connections[primary])


def _run(sql: str, params: Any, cursor: Any, primary: BaseDatabaseWrapper) -> Any:
    """Runs it on a cursor of the primary's, from which the given one then fetches."""
    on_server = getattr(cursor.cursor, "name", None)
    substitute = primary.chunked_cursor() if on_server else primary.cursor()
    result = substitute.execute(sql, params)
    cursor.cursor, cursor.substitute = substitute.cursor, substitute
    return result


@receiver(connection_created)
def watch_replica(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.settings_dict.get("REPLICA_OF"):
        add_guard(connection, once_more_on_primary)
