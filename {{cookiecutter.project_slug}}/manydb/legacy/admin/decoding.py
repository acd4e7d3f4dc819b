"""Reading texts that are none: SQLite stores any bytes as text, and its driver refuses such rows."""

from contextlib import AbstractContextManager, nullcontext

from django.db import connections

from manydb.patches.sqlite_texts import replacing_bytes


def tolerant(alias: str | None) -> AbstractContextManager[None]:
    """Bytes that are not UTF-8 are read as � from this SQLite database: to be shown, not to be saved."""
    connection = connections[alias] if alias else None
    if connection is None or connection.vendor != "sqlite":
        return nullcontext()
    return replacing_bytes(connection)
