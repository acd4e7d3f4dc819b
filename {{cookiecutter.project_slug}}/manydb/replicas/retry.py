"""A statement that its replica has lost or cancelled runs once more, on the primary.

It may: nothing was written, for guards let no write pass, and no row has been handed out, for the statement
itself has failed. Inside a transaction on the replica it may not, and while ``.iterator()`` fetches rows
from a cursor on the server it can't.
"""

import logging
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from manydb.core import failures
from manydb.core.exceptions import NoFreeConnection
from manydb.patches.driver_cursors import DriverCursor, cursors_of
from manydb.replicas.fallback import may_fall_back
from manydb.replicas.health import server_of
from manydb.replicas.reads import current_reads

logger = logging.getLogger(__name__)


def once_more_on_primary(
    cursor: DriverCursor, sql: Any, params: Any, many: bool, error: Exception
) -> tuple[DriverCursor, Any] | None:
    """What becomes of a statement that has failed on a replica.

    Returns:
        a cursor of the primary's on which it has run, and its result; None if the error stands.
    """
    replica: BaseDatabaseWrapper = cursor.opened_by
    driver: Any = replica.Database  # type: ignore[attr-defined]
    silent = isinstance(error, NoFreeConnection)  # others wait for it already
    if not silent and not isinstance(error, driver.OperationalError | driver.InterfaceError):
        return None
    primary = replica.settings_dict["REPLICA_OF"]
    lost = silent or failures.connection_is_lost(error)
    if lost:
        server_of(replica.alias).fails(error)
        current_reads().keep_to_primary(primary)
    elif not failures.statement_was_cancelled(error):
        return None
    if many or replica.in_atomic_block or not may_fall_back(primary):
        return None
    if lost or not replica.is_usable():
        replica.close()
    logger.info("A statement that %s did not finish runs on %s", replica.alias, primary)
    return _run(sql, params, cursor, connections[primary])


def _run(
    sql: Any, params: Any, cursor: DriverCursor, primary: BaseDatabaseWrapper
) -> tuple[DriverCursor, Any]:
    on_server = getattr(cursor, "name", None)
    substitute = primary.chunked_cursor() if on_server else primary.cursor()
    result = substitute.execute(sql, params)
    return substitute.cursor, result


@receiver(connection_created)
def watch_replica(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.settings_dict.get("REPLICA_OF"):
        cursors_of(connection).recovery = once_more_on_primary
