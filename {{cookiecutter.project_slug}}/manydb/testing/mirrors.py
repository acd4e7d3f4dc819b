"""A replica's connection in tests: that of its primary, which sees what is not committed yet."""

from collections.abc import Callable
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core.guards import refuse_writes
from manydb.core.statements import only_reads
from manydb.patches import mirrored_connections, transactions_of_tests
from manydb.patches.driver_cursors import Cursors
from manydb.patches.mirrored_connections import (
    Forbidden,
    is_forbidden,
    make_connections,
    run_wrappers_of,
)


class MirrorProxy:
    """A replica's connection that is its primary's: same transaction, same rows, but no writes."""

    def __init__(self, replica: BaseDatabaseWrapper, primary: BaseDatabaseWrapper) -> None:
        own = {"_primary": primary, "alias": replica.alias, "settings_dict": replica.settings_dict}
        self.__dict__.update(own)
        self.__dict__["driver_cursors"] = cursors = Cursors(self)
        cursors.look_at(refuse_writes, only_reads)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._primary, name)
        return self._ours(value) if name in {"cursor", "chunked_cursor"} else value

    def _ours(self, open_cursor: Callable[..., Any]) -> Callable[..., Any]:
        def cursor(*args: Any, **kwargs: Any) -> Any:
            opened = open_cursor(*args, **kwargs)
            run_wrappers_of(opened, self)
            opened.cursor = self.driver_cursors.made(opened.cursor)
            return opened

        return cursor

    def __setattr__(self, name: str, value: Any) -> None:
        if is_forbidden(value):
            # The test did not declare this replica. It may still use it if it may use the primary,
            # whose own method says so.
            self.__dict__[name] = _AskPrimary(self, name, self.__dict__.get(name))
        elif isinstance(value, _AskPrimary):  # that of a test around the one that ends
            self.__dict__[name] = value
        elif isinstance(self.__dict__.get(name), _AskPrimary):
            del self.__dict__[name]
        else:
            setattr(self._primary, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._primary, name)


class _AskPrimary(Forbidden):  # type: ignore[misc]
    """Stands where Django expects its ``_DatabaseFailure``, which it unwraps after the test class."""

    def __init__(self, proxy: MirrorProxy, name: str, wrapped: Any) -> None:
        super().__init__(wrapped, "")
        self.proxy, self.name = proxy, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.proxy.__getattr__(self.name)(*args, **kwargs)


def install_mirrors() -> None:
    """Makes every replica's connection a ``MirrorProxy``, in all threads, once the test databases exist."""
    for patch in (mirrored_connections, transactions_of_tests):
        patch.PATCH.verify()
    # Threads of the code under test, such as a live server's, open connections of their own.
    make_connections(_mirrored)
    for alias in connections:
        connection = connections[alias]
        if connection.settings_dict["TEST"]["MIRROR"] and not isinstance(connection, MirrorProxy):
            connection.close()
            del connections[alias]  # made again at its next use


def _mirrored(create: Callable[[str], Any], alias: str) -> Any:
    connection = create(alias)
    primary = connection.settings_dict["TEST"]["MIRROR"]
    if primary:  # in the entries of the catalog it only says that there is one
        primary = connection.settings_dict.get("REPLICA_OF") or primary
    return MirrorProxy(connection, connections[primary]) if primary else connection
