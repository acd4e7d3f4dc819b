"""Reads a database: Django's introspection, a catalogue of what it leaves out, and a look at the rows.

Only SELECT and SHOW reach the server. A table that can't be read (a view on a dropped one) costs nothing
but its place in the result.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.legacy import description
from manydb.legacy.catalogue import Catalogue
from manydb.legacy.deadline import SECONDS, TookTooLong, within
from manydb.legacy.dialects import dialect_of
from manydb.legacy.rows import ENOUGH, FEW, Rows
from manydb.legacy.tables import Found, Reference, Table


def introspect(
    connection: BaseDatabaseWrapper,
    *,
    rows: bool = True,
    thorough: bool = False,
    progress: Callable[[str, int, int], None] = lambda table, done, total: None,
) -> Found:
    """All tables and views of a database; with ``rows=False`` without a look at what they hold.

    Of a table with more than ``ENOUGH`` rows its first and last are looked at, and a view has ``SECONDS`` to
    answer; ``thorough`` looks at all rows, however long that takes.
    """
    dialect = dialect_of(connection.vendor)
    found = Found(connection.vendor)
    limit = None if thorough else ENOUGH
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        schemas = dialect.schemas(cursor)
        for schema in schemas:
            catalogue = dialect.catalogue(cursor, schema)
            listed = sorted(description.listed(connection, cursor))
            for done, (name, view) in enumerate(listed, 1):
                label = f"{schema}.{name}" if schema else name
                try:
                    with within(connection, SECONDS):
                        columns = description.columns(connection, cursor, catalogue, name)
                    table = description.table(schemas, (schema, name), view, columns, catalogue)
                    if rows:
                        table = _looked_at(connection, cursor, table, catalogue, limit, found)
                    found.tables.append(table)
                except (Error, ValueError, KeyError, TookTooLong) as error:
                    # Servers answer in lines.
                    found.unreadable[label] = " ".join(str(error).split())
                progress(name, done, len(listed))
    return found


def _looked_at(
    connection: BaseDatabaseWrapper,
    cursor: Any,
    table: Table,
    catalogue: Catalogue,
    limit: int | None,
    found: Found,
) -> Table:
    """The table with what its rows told, which ``found`` gets to know as well."""
    seconds = None if limit is None else SECONDS
    rows = Rows(connection, cursor, table.name[1], table.key, limit)
    try:
        with within(connection, seconds):
            columns = rows.look(dialect_of(connection.vendor), table.columns)
    except TookTooLong as error:
        if limit != FEW and not table.view:
            return _looked_at(connection, cursor, table, catalogue, FEW, found)
        found.slow[table.label] = str(error)
        return table
    known = catalogue.references[table.name[1]]
    kept = tuple(
        at_home
        for reference, at_home in zip(known, table.references, strict=True)
        if not _broken(connection, rows, reference, catalogue, seconds)
    )
    found.notes += [
        f"{table.label} ({', '.join(reference.columns)}): has values that {reference.table[1]} lacks"
        for reference in table.references
        if reference not in kept
    ]
    if rows.sampled and limit:
        found.sampled[table.label] = limit
    return replace(table, columns=columns, references=kept)


def _broken(
    connection: BaseDatabaseWrapper,
    rows: Rows,
    reference: Reference,
    catalogue: Catalogue,
    seconds: float | None,
) -> bool:
    key = catalogue.key_of(reference)
    if reference.enforced or len(key) != len(reference.columns):
        return False
    try:
        with within(connection, seconds):
            return rows.orphans(reference, key)
    except (Error, TookTooLong):
        return False  # it is taken at its word
