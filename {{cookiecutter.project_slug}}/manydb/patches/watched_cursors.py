"""Cursors none of whose ways to the server passes the execute wrappers by.

Django runs wrappers around ``execute`` and ``executemany``. ``callproc``, psycopg's ``copy`` and ``stream``
and sqlite3's ``executescript`` reach the server without them, and so without the guards.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper


def watch_cursors(connection: BaseDatabaseWrapper) -> None:
    """Makes every cursor that this connection will open a watched one."""
    for name in ("make_cursor", "make_debug_cursor"):
        if name not in vars(connection):
            setattr(connection, name, _watching(getattr(connection, name)))


def watched(cursor: CursorWrapper) -> CursorWrapper:
    """The same cursor, whose every statement goes through the execute wrappers."""
    kind: Any = type(cursor)
    cursor.__class__ = _watched(kind)
    return cursor


def _watching(make: Callable[[Any], CursorWrapper]) -> Callable[[Any], CursorWrapper]:
    return lambda cursor: watched(make(cursor))


@cache
def _watched(kind: type[CursorWrapper]) -> type[CursorWrapper]:
    return kind if issubclass(kind, _Watched) else type(kind.__name__, (_Watched, kind), {})


class _Watched(CursorWrapper):
    def callproc(self, procname: str, params: Any = None, kparams: Any = None) -> Any:
        run = super().callproc
        return self._watch(f"CALL {procname}", lambda: run(procname, params, kparams))

    def copy(self, statement: Any, *args: Any, **kwargs: Any) -> Any:
        return self._watch(statement, lambda: self.cursor.copy(statement, *args, **kwargs))

    def stream(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        return self._watch(query, lambda: self.cursor.stream(query, *args, **kwargs))

    def executescript(self, script: str) -> Any:
        return self._watch(script, lambda: self.cursor.executescript(script))

    def _watch(self, sql: Any, run: Callable[[], Any]) -> Any:
        def execute(*statement_and_context: Any) -> Any:
            return run()

        return self._execute_with_wrappers(str(sql), None, many=False, executor=execute)
