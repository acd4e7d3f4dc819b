"""Reads a database: Django's introspection, a catalogue of what it leaves out, and a look at the rows.

Only SELECT and SHOW reach the server. Every table is read in a savepoint of its own, so that one which
can't be read (a view on a dropped table) costs nothing but its place in the result.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from .catalogue import Catalogue
from .dialects import dialect_of
from .patience import SECONDS, TookTooLong, within
from .rows import ENOUGH, FEW, Rows
from .tables import Column, Found, Name, Reference, Table


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
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        schemas = dialect.schemas(cursor)
        for schema in schemas:
            catalogue = dialect.catalogue(cursor, schema)
            listed = sorted(_listed(connection, cursor))
            for done, (name, view) in enumerate(listed, 1):
                label = f"{schema}.{name}" if schema else name
                try:
                    with transaction.atomic(using=connection.alias), within(connection, SECONDS):
                        columns = _columns(connection, cursor, dialect, catalogue, name)
                except (Error, ValueError, KeyError, TookTooLong) as error:
                    found.unreadable[label] = " ".join(
                        str(error).split()
                    )  # servers answer in lines
                    continue
                table = _table(schemas, (schema, name), view, columns, catalogue)
                if rows:
                    limit = None if thorough else ENOUGH
                    table = _looked_at(connection, cursor, table, catalogue, limit, found)
                if label not in found.unreadable:
                    found.tables.append(table)
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
        with transaction.atomic(using=connection.alias), within(connection, seconds):
            columns = rows.look(dialect_of(connection.vendor), table.columns)
    except TookTooLong as error:
        if limit != FEW and not table.view:
            return _looked_at(connection, cursor, table, catalogue, FEW, found)
        found.slow[table.label] = str(error)
        return table
    except (Error, ValueError) as error:
        found.unreadable[table.label] = " ".join(str(error).split())
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
        with transaction.atomic(using=connection.alias), within(connection, seconds):
            return rows.orphans(reference, key)
    except (Error, TookTooLong):
        return False  # it is taken at its word


class _WithoutRows:
    """A cursor for Django's introspection, which asks for what drivers or Django itself can't read."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)

    def execute(self, sql: str, params: Any = None) -> Any:
        if sql.startswith("SELECT * FROM") and sql.endswith(" LIMIT 1"):
            sql = sql.removesuffix("1") + "0"
        if " ".join(sql.split()).endswith("FROM sqlite_master WHERE type = 'table' AND name = %s"):
            # For collations, which nobody needs, Django splits CREATE TABLE at commas, and fails at some.
            sql, params = "SELECT NULL WHERE 0", None
        return self.cursor.execute(sql, params)


def _listed(connection: BaseDatabaseWrapper, cursor: Any) -> Iterator[tuple[str, bool]]:
    for table in connection.introspection.get_table_list(cursor):
        # Partitions are read through their table; Django has no letter for MariaDB's versioned tables.
        if table.type in ("t", "v", None) and not table.name.startswith("sqlite_"):
            yield table.name, table.type == "v"


def _columns(
    connection: BaseDatabaseWrapper, cursor: Any, dialect: Any, catalogue: Catalogue, name: str
) -> tuple[Column, ...]:
    introspection = connection.introspection
    facts = catalogue.columns[name]
    reader: Any = _WithoutRows(cursor)
    described = introspection.get_table_description(reader, name)
    if not described:
        raise ValueError("it has no columns")
    return tuple(
        Column(
            **{
                "name": row.name,
                "guess": _guess(introspection, row),
                "nullable": bool(row.null_ok),
                "size": int(row.display_size) if row.display_size else None,
                "precision": row.precision,
                "scale": row.scale,
                **facts[row.name],
            }
        )
        for row in described
    )


def _guess(introspection: Any, row: Any) -> str:
    try:
        return str(introspection.get_field_type(row.type_code, row))
    except KeyError:
        return ""


def _table(
    schemas: list[str], name: Name, view: bool, columns: tuple[Column, ...], catalogue: Catalogue
) -> Table:
    references = [
        # Schemas of the search path go by no name.
        replace(found, table=(found.table[0] if found.table[0] in schemas else "", found.table[1]))
        for found in catalogue.references[name[1]]
    ]
    return Table(
        name,
        view,
        columns,
        catalogue.primary_keys.get(name[1], ()),
        tuple(sorted(set(catalogue.unique[name[1]]))),
        tuple(references),
        triggered=name[1] in catalogue.triggered,
    )
