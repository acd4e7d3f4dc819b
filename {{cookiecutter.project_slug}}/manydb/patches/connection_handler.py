"""``django.db.connections`` as an object of another class, which knows the connections of this thread.

Everybody has imported that object, so it stays the same one and changes its class. Django has no setting for the
class of its connections other than a backend in each ENGINE, which every owner would have to name. And Django walks
all aliases three times in each request to find those that this thread has: with thousands of tenants that costs more
than the request. No ticket known.
"""

import threading
from asyncio import (
    _get_running_loop,  # says None where others raise, which costs more than all the rest
)
from collections.abc import Mapping, Sequence
from typing import Any

from asgiref.local import Local
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from django.utils.connection import ConnectionDoesNotExist

from manydb.patches import Patch, expect, has


class ThreadConnections(ConnectionHandler):
    """Finds the connections of this thread, in an event loop those of this task, without a look at every alias."""

    def __getitem__(self, alias: str) -> BaseDatabaseWrapper:
        try:
            store = vars(self)["stores"][_get_running_loop() is not None]
            connection: BaseDatabaseWrapper = store.made[alias]
        except (AttributeError, KeyError):
            if alias not in self.settings:
                message = f"The connection {alias!r} doesn't exist."
                raise ConnectionDoesNotExist(message) from None
            alias = str(alias)  # without what an alias of rows knows of them
            connection = self.create_connection(alias)
            self[alias] = connection
        return connection

    def __setitem__(self, alias: str, connection: BaseDatabaseWrapper) -> None:
        super().__setitem__(alias, connection)
        self._keep({**self.made(), alias: connection})

    def __delitem__(self, alias: str) -> None:
        super().__delitem__(alias)
        self._keep({other: made for other, made in self.made().items() if other != alias})

    def all(self, initialized_only: bool = False) -> Sequence[BaseDatabaseWrapper]:
        """Returns the connections of all listed aliases, or those that this thread has. Django asks three times in a request."""
        return list(self.made().values()) if initialized_only else super().all()

    def made(self) -> Mapping[str, BaseDatabaseWrapper]:
        """The connection objects that this thread has, by alias."""
        made: Mapping[str, BaseDatabaseWrapper] = getattr(self._store(), "made", _NONE)
        return made

    def _keep(self, made: Mapping[str, BaseDatabaseWrapper]) -> None:
        self._store().made = made  # never changed: a task would change its parent's

    def _store(self) -> Any:
        stores = vars(self).get("stores")
        if stores is None:  # the class came later than the object
            made = threading.local(), Local(thread_critical=True)
            stores = vars(self).setdefault("stores", made)
        return stores[_get_running_loop() is not None]


_NONE: Mapping[str, BaseDatabaseWrapper] = {}


def install(kind: type[ThreadConnections]) -> None:
    """Makes ``connections`` one of this class, once. Existing connections are closed and made again."""
    PATCH.verify()
    if isinstance(connections, kind):
        return  # apps are made ready again, as tests do, and one of them may have asked for more
    before = connections.all(initialized_only=True)
    for connection in before:
        if connection.connection is not None:  # Django refuses close() in an event loop
            connection.close()
        del connections[connection.alias]
    connections.__class__ = kind


def _expects() -> None:
    known = type(connections)
    expect(
        known is ConnectionHandler or issubclass(known, ThreadConnections),
        f"no other package has changed django.db.connections, and it is a {known.__qualname__}",
    )
    handler = ThreadConnections({"default": {}, "other": {}})
    has(handler, "settings", "_connections")
    expect(handler.all(initialized_only=True) == [], "a handler begins without connections")
    opened = handler["default"]
    expect(handler["default"] is opened, "a connection is made once in a thread")
    found = ConnectionHandler.__getitem__(handler, "default")
    expect(found is opened, "Django's handler finds what it was given")
    expect(handler.all(initialized_only=True) == [opened], "those of this thread are known")
    expect(
        [made.alias for made in handler.all()] == ["default", "other"], "all() walks all aliases"
    )
    del handler["default"]
    expect(handler["default"] is not opened, "a deleted connection is made again")


PATCH = Patch("connection_handler", tried=("5.2", "6.1"), expects=_expects)
