"""Reading texts that are none: SQLite stores any bytes as text, and its driver refuses such rows."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections


@contextmanager
def tolerant(alias: str | None) -> Iterator[None]:
    """Bytes that are not UTF-8 are read as � from this SQLite database: to be shown, not to be saved."""
    connection = connections[alias] if alias else None
    if connection is None or connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    driver = connection.connection
    before, driver.text_factory = driver.text_factory, _replaced
    try:
        yield
    finally:
        driver.text_factory = before


def _replaced(text: bytes) -> str:
    return text.decode("utf-8", "replace")
