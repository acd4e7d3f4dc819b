"""Every statement passes the checks of its connection, whatever sends it.

Django has ``execute_wrappers``, which its own cursor wrapper runs around ``execute`` and ``executemany``. The
wrapper's other ways to the server (``callproc``, psycopg's ``copy`` and ``stream``, sqlite3's ``executescript``)
and the driver's own cursor, which is ``cursor.cursor``, pass them by. Instruments replace the wrapper: the SQL
panel of django-debug-toolbar puts a new one around ``cursor.cursor`` and drops Django's.

So checks stand around the driver's cursor. A backend makes it in ``create_cursor()``, which is replaced on each
connection that has checks. A cursor that the driver's connection makes itself (``connection.connection.cursor()``)
is not covered. No ticket known.
"""

from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakSet

from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.patches import Patch, expect, takes
from manydb.patches.probe import ProbeBackend

# Gets the connection and the statement, and raises if that must not run.
Check = Callable[[Any, Any], None]
# Gets the cursor, the statement, its parameters, whether they are many, and the driver's error. Gives the cursor of
# another connection on which the statement has run instead, with its result, or None if it has not.
Recovery = Callable[["DriverCursor", Any, Any, bool, Exception], "tuple[DriverCursor, Any] | None"]


class Cursors:
    """What all cursors of one connection share: its checks, and which of them are open."""

    __slots__ = ("checks", "connection", "is_closed", "open", "recovery")

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.checks: list[Check] = []
        self.recovery: Recovery | None = None
        # The driver's own cursors, which are gone when no code can read from them any more.
        self.open: WeakSet[Any] = WeakSet()
        self.is_closed: Callable[[], None] | None = None

    def made(self, cursor: Any) -> "DriverCursor":
        """The driver's cursor, behind the checks."""
        if self.is_closed is not None:
            self.open.add(cursor)
        return DriverCursor(cursor, self)


def cursors_of(connection: BaseDatabaseWrapper) -> Cursors:
    """The cursors that this connection will open from now on."""
    known: Cursors | None = vars(connection).get("driver_cursors")
    if known is not None:
        return known
    cursors = Cursors(connection)
    create_cursor = connection.create_cursor

    def create_checked(name: str | None = None) -> DriverCursor:
        return cursors.made(create_cursor(name))

    vars(connection).update(driver_cursors=cursors, create_cursor=create_checked)
    return cursors


def add_check(connection: BaseDatabaseWrapper, check: Check) -> None:
    """Has every statement of this connection checked, once however often it is asked for."""
    cursors = cursors_of(connection)
    if check not in cursors.checks:
        cursors.checks.append(check)


class DriverCursor:
    """The driver's cursor, with all that it has; what sends a statement checks it before."""

    __slots__ = ("__weakref__", "_checked", "_cursors")

    def __init__(self, cursor: Any, cursors: Cursors) -> None:
        object.__setattr__(self, "_checked", cursor)
        object.__setattr__(self, "_cursors", cursors)

    def execute(self, sql: Any, params: Any = None, **kwargs: Any) -> Any:
        given = () if params is None else (params,)
        return self._run(self._checked.execute, sql, given, kwargs, many=False)

    def executemany(self, sql: Any, params: Any, **kwargs: Any) -> Any:
        return self._run(self._checked.executemany, sql, (params,), kwargs, many=True)

    def _run(
        self, run: Callable[..., Any], sql: Any, given: tuple[Any, ...], kwargs: Any, *, many: bool
    ) -> Any:
        cursors = self._cursors
        for check in cursors.checks:
            check(cursors.connection, sql)
        try:
            result = run(sql, *given, **kwargs)
        except Exception as error:
            params = given[0] if given else None
            if cursors.recovery is None or not (
                instead := cursors.recovery(self, sql, params, many, error)
            ):
                raise
            cursors.open.discard(self._checked)
            other, result = instead
            object.__setattr__(self, "_checked", other)  # rows are fetched from there
        return self if result is self._checked else result

    def callproc(self, name: Any, *args: Any, **kwargs: Any) -> Any:
        return self._checked_way("callproc", f"CALL {name}")(name, *args, **kwargs)

    def copy(self, statement: Any, *args: Any, **kwargs: Any) -> Any:
        return self._checked_way("copy", statement)(statement, *args, **kwargs)

    def stream(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        return self._checked_way("stream", query)(query, *args, **kwargs)

    def executescript(self, script: Any, *args: Any, **kwargs: Any) -> Any:
        return self._checked_way("executescript", script)(script, *args, **kwargs)

    def _checked_way(self, way: str, sql: Any) -> Any:
        cursors = self._cursors
        for check in cursors.checks:
            check(cursors.connection, str(sql))
        return getattr(self._checked, way)

    @property
    def opened_by(self) -> Any:
        """Django's connection, which opened it."""
        return self._cursors.connection

    def close(self) -> None:
        cursors = self._cursors
        try:
            self._checked.close()
        finally:
            if cursors.is_closed is not None:
                cursors.open.discard(self._checked)
                cursors.is_closed()

    def __iter__(self) -> Iterator[Any]:
        yield from self._checked

    def __next__(self) -> Any:
        return next(self._checked)

    def __enter__(self) -> "DriverCursor":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._checked, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._checked, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._checked, name)


class _Probe(ProbeBackend):
    """Opens no connection, to see where Django's cursors come from."""

    def ensure_connection(self) -> None:
        pass

    def create_cursor(self, name: str | None = None) -> Any:
        return None


def _expects() -> None:
    takes(BaseDatabaseWrapper.create_cursor, "self", "name=None")
    probe = _Probe({}, "probe")
    cursors_of(probe)
    for way in ("cursor", "chunked_cursor"):
        opened = getattr(probe, way)()
        expect(
            isinstance(opened.cursor, DriverCursor),
            f"{way}() of a connection wraps what its create_cursor() gives, as .cursor",
        )


PATCH = Patch("driver_cursors", tried=("5.2", "6.1"), expects=_expects)
