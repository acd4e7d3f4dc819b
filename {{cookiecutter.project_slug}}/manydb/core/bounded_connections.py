"""Connections that give up on a silent server after a deadline, and of which not all threads wait for one server."""

from functools import cache
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from manydb.core import deadlines
from manydb.core.exceptions import NoFreeConnection
from manydb.core.waiting import counted, server_at
from manydb.patches import connection_handler
from manydb.patches.connection_handler import ThreadConnections
from manydb.patches.driver_cursors import cursors_of
from manydb.patches.psycopg_wait import limit_silence


class BoundedConnection(BaseDatabaseWrapper):
    """Goes in front of a backend's class. What asks the server counts as waiting for it; statements by their cursors."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.find_server()

    def find_server(self) -> None:
        """Notes to which server its settings lead."""
        self.server = cursors_of(self).server = server_at(self.settings_dict)

    def connect(self) -> None:
        self.find_server()
        _connect(self)
        if self.vendor == "postgresql" and (seconds := deadlines.silence(self.settings_dict)):
            error = self.Database.OperationalError  # type: ignore[attr-defined]
            limit_silence(
                self.connection, lambda: seconds, lambda: error(f"no answer for {seconds:g} s")
            )

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
            since = self.server.begin()
        except NoFreeConnection:
            return False
        usable: bool = super().is_usable()
        self.server.replied(usable, since)
        return usable


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
    """Bounds the connections of a project whose settings name deadlines."""
    if any(entry.get("DEADLINES") for entry in dict.values(connections.settings)):
        connection_handler.install(BoundedConnections)
