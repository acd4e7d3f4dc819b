"""Connections to tenants' databases: within the budget of the process, and to where the tenant is now.

``TenantConnection`` goes in front of the engine's own class. What its thread does on the server it does
under the connection's lock; an open cursor or a transaction then says that it is in use. So a thread
that needs room may close a connection of another one between its statements, and never during one: the
other thread opens it again at its next use, as Django does after CONN_MAX_AGE.
"""

import logging
import time
from collections.abc import Callable
from functools import cache, wraps
from threading import RLock
from typing import Any
from weakref import WeakSet

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from manydb.tenants.budget import budget
from manydb.tenants.following import Following
from manydb.tenants.idle import Rested
from manydb.tenants.open_cursors import telling
from manydb.tenants.resuming import Resuming

_logger = logging.getLogger(__name__)


def _locked(name: str) -> Callable[..., Any]:
    """The engine's method of this name, under the connection's lock."""

    @wraps(getattr(BaseDatabaseWrapper, name))
    def method(self: "TenantConnection", *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            result = getattr(super(TenantConnection, self), name)(*args, **kwargs)
        budget.tell()
        return result

    return method


class TenantConnection(Following, Resuming):
    """What every connection to a tenant's database does, whatever its engine."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.lock = RLock()
        self.last_used = 0.0
        self._cursors: WeakSet[CursorWrapper] = WeakSet()
        self._was_at_rest = False
        super().__init__(*args, **kwargs)

    # Each of these first looks whether there is a connection, and then uses it.
    get_autocommit = _locked("get_autocommit")
    set_autocommit = _locked("set_autocommit")
    commit = _locked("commit")
    rollback = _locked("rollback")
    close = _locked("close")
    ensure_connection = _locked("ensure_connection")

    def _cursor(self, name: str | None = None) -> CursorWrapper:
        with self.lock:
            if self._is_idle() and self.has_moved():
                self.close()
            cursor = telling(super()._cursor(name))  # type: ignore[misc]
            self._cursors.add(cursor)
        return cursor

    def cursor_closed(self, cursor: CursorWrapper) -> None:
        self._cursors.discard(cursor)
        self.last_used = time.monotonic()
        budget.tell()

    def connect(self) -> None:
        """Takes what rests and leads to the same database, if that is healthy, or else opens a new one."""
        self.follow()
        try:
            self.rested = rested = budget.enter(self)
            super().connect()
            self._was_at_rest = rested is not None and self.connection is rested.connection
            if rested is not None and self._was_at_rest:
                self.close_at = rested.close_at  # it is as old as it is
        finally:
            self.rested = None
            if self.connection is None:
                budget.leave(self)

    def close_if_unusable_or_obsolete(self) -> None:
        """Called by Django before and after each request, for all that its thread has; what is well then rests."""
        with self.lock:
            super().close_if_unusable_or_obsolete()
            if self._is_idle():
                taken, self.connection = self.connection, None
                error = self.Database.Error  # type: ignore[attr-defined]
                rested = Rested(taken, self.settings_dict, self.close_at, self._was_at_rest, error)
                budget.rest(self, rested)

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            budget.leave(self)

    def lock_if_idle(self) -> bool:
        """Takes the lock unless the connection is in use: who gets it has to call ``close_for_another``."""
        if not self.lock.acquire(blocking=False):
            return False
        if self._is_idle():
            return True
        self.lock.release()
        return False

    def close_for_another(self) -> None:
        """Closes it, in whichever thread, and gives up the lock that ``lock_if_idle`` took."""
        self.inc_thread_sharing()
        try:
            self.close()
        except Error:  # the server may have closed it before us
            _logger.debug("Closing %s failed", self.alias, exc_info=True)
        finally:
            self.dec_thread_sharing()
            self.lock.release()

    def _is_idle(self) -> bool:
        if self.connection is None or not self.autocommit or self._cursors:
            return False  # closed, in a transaction, or being read from
        in_memory: Callable[[], bool] = getattr(self, "is_in_memory_db", lambda: False)
        return not in_memory()  # SQLite's would be lost


@cache
def of_tenants(kind: type[BaseDatabaseWrapper]) -> type[BaseDatabaseWrapper]:
    """The engine's class, with ``TenantConnection`` in front of it."""
    return type(kind.__name__, (TenantConnection, kind), {"__module__": kind.__module__})
