"""Django's ``connections``, so that walking them costs as much as this thread uses, and no more."""

from collections.abc import Sequence
from threading import local
from typing import Any

from django.core.signals import request_finished
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler, load_backend
from django.utils.connection import ConnectionDoesNotExist

from manydb.tenants.budget import budget
from manydb.tenants.cache import in_event_loop
from manydb.tenants.connections import of_tenants


class TenantConnections(ConnectionHandler):
    """Makes tenants' connections, and finds those of this thread without asking for every alias."""

    def create_connection(self, alias: str) -> BaseDatabaseWrapper:
        settings = self.settings[alias]
        if not settings.get("TENANT"):
            return super().create_connection(alias)
        kind = of_tenants(load_backend(settings["ENGINE"]).DatabaseWrapper)
        return kind(settings, alias)

    def __getitem__(self, alias: str) -> BaseDatabaseWrapper:
        mine: Any = self._connections  # type: ignore[attr-defined]
        try:
            connection: BaseDatabaseWrapper = getattr(mine, alias)
        except AttributeError:
            if alias not in self.settings:
                raise ConnectionDoesNotExist(f"The connection {alias!r} doesn't exist.") from None
            connection = self.create_connection(alias)
            self[alias] = connection
        return connection

    def __setitem__(self, alias: str, connection: BaseDatabaseWrapper) -> None:
        super().__setitem__(alias, connection)
        _made(self)[alias] = connection

    def __delitem__(self, alias: str) -> None:
        super().__delitem__(alias)
        _made(self).pop(alias, None)

    def all(self, initialized_only: bool = False) -> Sequence[BaseDatabaseWrapper]:
        """All connections, or those that this thread has; Django asks for these thrice per request."""
        if not initialized_only or in_event_loop():  # where each task has connections of its own
            return super().all(initialized_only)
        return list(_made(self).values())

    def close_all(self) -> None:
        """Closes those of this thread and those that no thread has."""
        super().close_all()
        budget.close_resting()

    def forget_closed(self, **kwargs: Any) -> None:
        """A thread that has served thousands of tenants need not keep an object for each."""
        for alias, connection in list(_made(self).items()):
            listed = dict.__contains__(self.settings, alias)
            if not listed and connection.connection is None and not connection.in_atomic_block:
                del self[alias]


def install() -> None:
    """Makes ``connections`` one of these: everybody holds that object, so it has to stay the same one."""
    before = connections.all(initialized_only=True)
    connections.__class__ = TenantConnections
    for connection in before:
        connections[connection.alias] = connection
    request_finished.connect(connections.forget_closed)  # type: ignore[attr-defined]


def open_here() -> dict[str, dict[str, Any]]:
    """What this thread has open of the tenants that are not listed: their aliases and settings."""
    return {
        alias: connection.settings_dict
        for alias, connection in _made(connections).items()
        if connection.connection is not None and not dict.__contains__(connections.settings, alias)
    }


def _made(handler: ConnectionHandler) -> dict[str, BaseDatabaseWrapper]:
    """The connection objects that this thread has, by alias."""
    here = vars(handler).setdefault("_here", local())
    made: dict[str, BaseDatabaseWrapper] = vars(here).setdefault("made", {})
    return made
