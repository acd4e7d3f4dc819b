"""Texts of SQLite that are no UTF-8 are read all the same.

SQLite stores any bytes as a text, and its driver refuses to read such a row. The driver's connection has an
attribute for it, documented by Python. That Django's connection has the driver's is not documented, and an
option of DATABASES would change all that the project reads. No ticket known.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.patches import Patch, has, uses


@contextmanager
def replacing_bytes(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Bytes that are not UTF-8 are read as � inside: to be shown, not to be saved."""
    connection.ensure_connection()
    driver = connection.connection
    before, driver.text_factory = driver.text_factory, _replaced
    try:
        yield
    finally:
        driver.text_factory = before


def _replaced(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _expects() -> None:
    import sqlite3

    has(sqlite3.Connection, "text_factory")
    has(BaseDatabaseWrapper, "ensure_connection")
    uses(BaseDatabaseWrapper.connect, "connection", "get_new_connection")


PATCH = Patch("sqlite_texts", tried=("5.2", "6.1"), expects=_expects)
