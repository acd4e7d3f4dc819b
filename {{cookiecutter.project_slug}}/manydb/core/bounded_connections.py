"""Connections that give up on a silent server after a deadline, and of which not all threads wait for one server.

A primary that was demoted answers, too, and so does a standby that its address led to. So the health check of an alias
for writes asks whether the server takes any. A write that is refused for that reason has all connections to that
address opened again. Sources: PostgreSQL, "Recovery Information Functions"; MySQL, ``read_only``, ``innodb_read_only``.
"""

from collections.abc import Mapping
from functools import cache
from time import monotonic
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from manydb.core import deadlines, failures
from manydb.core.exceptions import NoFreeConnection
from manydb.core.read_only_servers import TAKES_NO_WRITES
from manydb.core.session_state import AT_ONCE
from manydb.core.waiting import counted, server_at
from manydb.patches import connection_handler
from manydb.patches.connection_handler import ThreadConnections
from manydb.patches.driver_cursors import cursors_of
from manydb.patches.psycopg_wait import limit_silence
from manydb.patches.reused_connections import forget_answer

OPENED = "opened_at"


class BoundedConnection(BaseDatabaseWrapper):
    """Goes in front of a backend's class. What asks the server counts as waiting for it; statements by their cursors."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.find_server()
        if is_for_writes(self.settings_dict):
            cursors_of(self).on_error = self._look_at

    def find_server(self) -> None:
        """Notes to which server its settings lead."""
        self.server = cursors_of(self).server = server_at(self.settings_dict)

    def connect(self) -> None:
        self.find_server()
        _connect(self)
        _opened(self.connection).setdefault(OPENED, monotonic())
        self._limit(self.connection)

    def _limit(self, session: Any) -> None:
        if self.vendor == "postgresql" and (seconds := deadlines.silence(self.settings_dict)):
            error = self.Database.OperationalError  # type: ignore[attr-defined]
            limit_silence(session, lambda: seconds, lambda: error(f"no answer for {seconds:g} s"))

    def ask_anew(self) -> None:
        """Asks the server something over a session that is closed then.

        Raises:
            Error: the driver's, where it does not answer.
        """
        session = self.get_new_connection(self.get_connection_params())
        try:
            self._limit(session)
            with session.cursor() as cursor:
                cursor.execute("SELECT 1")
                cursor.fetchone()
        finally:
            session.close()

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        return deadlines.sent(self.settings_dict, params, self.vendor)

    def commit(self) -> None:
        _commit(self)

    def rollback(self) -> None:
        _rollback(self)

    def set_autocommit(self, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        _set_autocommit(self, autocommit, *args, **kwargs)

    def is_usable(self) -> bool:
        """False also where it can't be asked now, so that the connection is given up."""
        self.find_server()
        try:
            since = self.server.begin(self)
        except NoFreeConnection:
            return False
        usable = self._is_as_needed()
        self.server.replied(usable is not None, since)
        return bool(usable)

    def _is_as_needed(self) -> bool | None:
        """Whether it is alive and, where the alias is for writes, takes them; None if it does not answer."""
        session = self.connection
        if session is None or not is_for_writes(self.settings_dict):
            return super().is_usable() or None
        if _opened(session).get(OPENED, 0.0) <= self.server.refused_at:
            return False  # it may lead to where the primary was
        cursors = cursors_of(self)
        trusted, cursors.trusts_session = cursors.trusts_session, True
        try:
            with session.cursor() as cursor:
                cursor.execute(TAKES_NO_WRITES[self.vendor])
                return not cursor.fetchone()[0]
        except self.Database.Error:  # type: ignore[attr-defined]
            return None
        finally:
            cursors.trusts_session = trusted

    def _look_at(self, error: Exception) -> None:
        """Has a connection that leads to a server without writes closed before it is used again."""
        if failures.server_is_read_only(error):
            self.server.refuses_writes()
            self.close_at = AT_ONCE
            forget_answer(self.connection)
            if not self.in_atomic_block:
                self.health_check_done = False


def is_for_writes(settings: Mapping[str, Any]) -> bool:
    return not (settings.get("REPLICA_OF") or settings.get("READ_ONLY"))


def _opened(session: Any) -> dict[str, Any]:
    """The attributes of a driver's connection, which goes from thread to thread."""
    attributes: dict[str, Any] = vars(session)
    return attributes


def _next(name: str) -> Any:
    def method(self: BoundedConnection, *args: Any, **kwargs: Any) -> Any:
        return getattr(super(BoundedConnection, self), name)(*args, **kwargs)

    return method


_connect = counted(_next("connect"), may_refuse=True)
_commit, _rollback = counted(_next("commit")), counted(_next("rollback"))
_set_autocommit = counted(_next("set_autocommit"))


def bounded(kind: Any) -> type[BaseDatabaseWrapper]:
    """The backend's class, with ``BoundedConnection`` in front of it; itself for SQLite, which has no server."""
    is_file: bool = kind.vendor == "sqlite"
    made: type[BaseDatabaseWrapper] = kind if is_file else _bounded(kind)
    return made


@cache
def _bounded(kind: Any) -> type[BaseDatabaseWrapper]:
    return type(kind.__name__, (BoundedConnection, kind), {"__module__": kind.__module__})


class BoundedConnections(ThreadConnections):
    """Django's ``connections``, each of them bounded."""

    def create_connection(self, alias: str) -> BaseDatabaseWrapper:
        settings = self.settings[alias]
        return bounded(load_backend(settings["ENGINE"]).DatabaseWrapper)(settings, alias)


def install() -> None:
    """Has connections found without a look at each alias, and bounded where the settings name deadlines."""
    has_deadlines = any(entry.get("DEADLINES") for entry in dict.values(connections.settings))
    connection_handler.install(BoundedConnections if has_deadlines else ThreadConnections)
