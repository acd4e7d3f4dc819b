"""Cursors that tell their connection when they are closed."""

from functools import cache
from typing import Any

from django.db.backends.utils import CursorWrapper


def telling(cursor: CursorWrapper) -> CursorWrapper:
    """The same cursor, which calls ``cursor_closed`` of its connection."""
    kind: Any = type(cursor)
    cursor.__class__ = _telling(kind)
    return cursor


@cache
def _telling(kind: type[CursorWrapper]) -> type[CursorWrapper]:
    return kind if issubclass(kind, _Telling) else type(kind.__name__, (_Telling, kind), {})


class _Telling(CursorWrapper):
    def close(self) -> None:
        try:
            self.cursor.close()
        finally:
            self.db.cursor_closed(self)
