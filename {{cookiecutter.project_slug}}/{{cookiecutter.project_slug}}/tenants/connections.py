"""Connections to tenants' databases: within a budget, and to where the tenant is now.

``TenantConnection`` goes in front of the engine's own class. What its thread does on the server it does
under the connection's lock; an open cursor or a transaction then says that it is in use. So a thread
that needs room may close a connection of another one between its statements, and never during one: the
other thread opens it again at its next use, as Django does after CONN_MAX_AGE.
"""

import logging
import time
from collections.abc import Callable
from functools import cache, wraps
from threading import RLock, local
from typing import Any
from weakref import WeakSet, ref

from django.db import Error, connections
from django.db.backends.base.base import NO_DB_ALIAS, BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from . import catalog
from .budget import budget
from .servers import is_elsewhere

_logger = logging.getLogger(__name__)
_here = (
    local()
)  # .made: the connections this thread has made for tenants that are not listed, by alias
_KEPT = 100  # closed connection objects, of some kilobytes each, that a thread keeps


def _locked(name: str) -> Callable[..., Any]:
    """The engine's method of this name, under the connection's lock."""

    @wraps(getattr(BaseDatabaseWrapper, name))
    def method(self: "TenantConnection", *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            result = getattr(super(TenantConnection, self), name)(*args, **kwargs)
        budget.tell()
        return result

    return method


class TenantConnection(BaseDatabaseWrapper):
    """What every connection to a tenant's database does, whatever its engine."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.lock = RLock()
        self.last_used = 0.0
        self.is_resting = False  # not used since the last request of its thread ended
        self._taken: Any = None
        self._cursors: WeakSet[CursorWrapper] = WeakSet()
        super().__init__(*args, **kwargs)

    # Each of these first looks whether there is a connection, and then uses it.
    get_autocommit = _locked("get_autocommit")
    set_autocommit = _locked("set_autocommit")
    commit = _locked("commit")
    rollback = _locked("rollback")
    close = _locked("close")

    def _cursor(self, name: str | None = None) -> CursorWrapper:
        with self.lock:
            if self.connection is not None and self._has_moved() and self._is_idle():
                self.close()
            cursor: CursorWrapper = super()._cursor(name)  # type: ignore[misc]
            kind: Any = type(cursor)
            cursor.__class__ = _tracked(kind)
            self._cursors.add(cursor)
            self.last_used = time.monotonic()
        return cursor

    def ensure_connection(self) -> None:
        with self.lock:
            self.is_resting = False
            super().ensure_connection()

    def close_if_unusable_or_obsolete(self) -> None:
        """Called by Django before and after each request, for all that its thread has open."""
        if self.is_resting and (self.close_at is None or time.monotonic() < self.close_at):
            return
        with self.lock:
            super().close_if_unusable_or_obsolete()
            self.is_resting = True
        budget.tell()

    def cursor_closed(self, cursor: CursorWrapper) -> None:
        self._cursors.discard(cursor)
        self.last_used = time.monotonic()
        budget.tell()

    def get_connection_params(self) -> dict[str, Any]:
        if self.alias != NO_DB_ALIAS:
            self._follow()
        params: dict[str, Any] = super().get_connection_params()
        return params

    def connect(self) -> None:
        if self.alias != NO_DB_ALIAS:
            self._follow()
        twin = budget.enter(self)
        taken, close_at = twin.give() if twin is not None else (None, None)
        self._taken = taken
        try:
            super().connect()
            if taken is not None:
                self.close_at = close_at  # it is as old as it is
            if self.alias != NO_DB_ALIAS and not dict.__contains__(
                connections.settings, self.alias
            ):
                vars(_here).setdefault("opened", {})[self.alias] = ref(self)
        finally:
            self._taken = None
            if self.connection is None:
                budget.leave(self)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if self._taken is not None:
            return self._taken
        return super().get_new_connection(conn_params)

    def give(self) -> tuple[Any, float | None]:
        """What this has open, and until when, for another thread; None if that should not be used any more.

        Gives up the lock that ``lock_if_idle`` took.
        """
        old = self.close_at is not None and time.monotonic() >= self.close_at
        ill = self.errors_occurred or (
            self.settings_dict["CONN_HEALTH_CHECKS"] and not self.is_usable()
        )
        if old or ill:
            self.close_for_another()
            return None, None
        given, self.connection = self.connection, None
        self.lock.release()
        return given, self.close_at

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            budget.leave(self)

    def _has_moved(self) -> bool:
        record = catalog.peek(self.settings_dict["TENANT"])
        return record is not None and is_elsewhere(record, self.settings_dict)

    def _follow(self) -> None:
        """Takes the settings of the place where the tenant is now."""
        now = connections.settings.current(self.alias)  # type: ignore[attr-defined]
        if now is not None and now.get("PLACE") != self.settings_dict.get("PLACE"):
            past_the_pooler = "DIRECT" in now and self.settings_dict.get("DIRECT") is None
            self.settings_dict = (
                {**now, **now["DIRECT"], "DIRECT": None} if past_the_pooler else now
            )

    def lock_if_idle(self) -> bool:
        """Takes the lock unless the connection is in use: who gets it has to call ``close_for_another``."""
        if not self.lock.acquire(blocking=False):
            return False
        if self._is_idle():
            return True
        self.lock.release()
        return False

    def _is_idle(self) -> bool:
        if self.connection is None or self.in_atomic_block or not self.autocommit or self._cursors:
            return False
        in_memory: Callable[[], bool] = getattr(self, "is_in_memory_db", lambda: False)
        return not in_memory()  # SQLite's would be lost

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


class _Tracked(CursorWrapper):
    def close(self) -> None:
        try:
            self.cursor.close()
        finally:
            self.db.cursor_closed(self)


@cache
def _tracked(kind: type[CursorWrapper]) -> type[CursorWrapper]:
    return kind if issubclass(kind, _Tracked) else type(kind.__name__, (_Tracked, kind), {})


@cache
def of_tenants(kind: type[BaseDatabaseWrapper]) -> type[BaseDatabaseWrapper]:
    """The engine's class, with ``TenantConnection`` in front of it."""
    return type(kind.__name__, (TenantConnection, kind), {"__module__": kind.__module__})


def open_here() -> dict[str, dict[str, Any]]:
    """What this thread has open of the tenants that are not listed: their aliases and settings."""
    opened: dict[str, ref[TenantConnection]] = vars(_here).get("opened", {})
    found = {}
    for alias, reference in list(opened.items()):
        connection = reference()
        if connection is None or connection.connection is None:
            del opened[alias]
        else:
            found[alias] = connection.settings_dict
    return found
