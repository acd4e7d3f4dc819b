"""A migration waits for a lock only so long, and then again: meanwhile those go on who would queue behind it.

``ALTER TABLE`` waits for the longest transaction on its table, and all later statements wait behind it, the reads of
pages as well. So the way past the pooler has a deadline for locks (``DEADLINES``). On PostgreSQL the migration is rolled
back and begins again; MySQL, which can't, runs the statement again, for one that did not get its lock did nothing.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core import failures
from manydb.patches.driver_cursors import DriverCursor, cursors_of

logger = logging.getLogger(__name__)

ATTEMPTS = 10
PAUSE = 1.0  # seconds


def may_begin_again(connection: BaseDatabaseWrapper, error: Exception) -> bool:
    """Whether a migration that has failed has left nothing behind, and failed for a lock."""
    if not failures.lock_is_held(error) or not connection.features.can_rollback_ddl:
        return False
    if any("keeps what this migration had done" in note for note in _notes(error)):
        return False  # it is not atomic
    logger.warning("%s: a lock is held, the migration begins again", connection.alias)
    return True


@contextmanager
def patient_with_locks(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Has MySQL run a statement again that did not get its lock."""
    if connection.features.can_rollback_ddl:
        yield
        return
    cursors = cursors_of(connection)
    before, cursors.recovery = cursors.recovery, _again
    try:
        yield
    finally:
        cursors.recovery = before


def _again(
    cursor: DriverCursor, sql: Any, params: Any, many: bool, error: Exception
) -> tuple[Any, Any] | None:
    cursors = cursors_of(cursor.opened_by)
    if many or not failures.lock_is_held(error):
        return None
    recovery, cursors.recovery = cursors.recovery, None
    try:
        for attempt in range(1, ATTEMPTS):
            logger.warning("%s: a lock is held, the statement runs again", cursor.opened_by.alias)
            sleep(PAUSE)
            try:
                return cursor.of_driver, cursor.execute(sql, params)
            except Exception as another:
                if attempt == ATTEMPTS - 1 or not failures.lock_is_held(another):
                    raise
    finally:
        cursors.recovery = recovery
    return None


def _notes(error: Exception) -> list[str]:
    return getattr(error, "__notes__", [])
