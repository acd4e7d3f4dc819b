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
from .tables import Column, Found, Name, Table


def introspect(
    connection: BaseDatabaseWrapper,
    *,
    rows: bool = True,
    progress: Callable[[str, int, int], None] = lambda table, done, total: None,
) -> Found:
    """All tables and views of a database; with ``rows=False`` without a look at what they hold.

    Looking at the rows is one scan of each table that has columns whose type does not say enough.
    """
    dialect = dialect_of(connection.vendor)
    tables: list[Table] = []
    unreadable: dict[str, str] = {}
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        schemas = dialect.schemas(cursor)
        for schema in schemas:
            catalogue = dialect.catalogue(cursor, schema)
            listed = sorted(_listed(connection, cursor))
            for done, (name, view) in enumerate(listed, 1):
                try:
                    with transaction.atomic(using=connection.alias):
                        columns = _columns(connection, cursor, dialect, catalogue, name)
                        if rows:
                            columns = look(connection, cursor, dialect, name, columns)
                except (Error, ValueError, KeyError) as error:
                    label = f"{schema}.{name}" if schema else name
                    unreadable[label] = " ".join(str(error).split())  # servers answer in lines
                else:
                    tables.append(_table(schemas, (schema, name), view, columns, catalogue))
                progress(name, done, len(listed))
    return Found(connection.vendor, tuple(tables), unreadable)


class _WithoutRows:
    """A cursor for Django's introspection, which fetches a row that the driver may not be able to read."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)

    def execute(self, sql: str, params: Any = None) -> Any:
        if sql.startswith("SELECT * FROM") and sql.endswith(" LIMIT 1"):
            sql = sql.removesuffix("1") + "0"
        if "FROM sqlite_master" in sql:
            sql = f"{sql} AND 0"  # for collations, nobody's here: Django trips over PRIMARY KEY (a, b)
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


def look(
    connection: BaseDatabaseWrapper,
    cursor: Any,
    dialect: Any,
    name: str,
    columns: tuple[Column, ...],
) -> tuple[Column, ...]:
    """The columns with what their rows hold: one query asks all questions of a table."""
    quote = connection.ops.quote_name
    asked = [
        (column.name, answer, condition.replace(":c", quote(column.name)))
        for column in columns
        for answer, condition in dialect.questions(column).items()
    ]
    if not asked:
        return columns
    cases = ", ".join(f"MAX(CASE WHEN {condition} THEN 1 END)" for *_, condition in asked)
    cursor.execute(f"SELECT {cases} FROM {quote(name)}")  # noqa: S608  names are quoted
    seen = {
        (column, answer)
        for (column, answer, _), yes in zip(asked, cursor.fetchone(), strict=True)
        if yes
    }
    return tuple(
        replace(column, seen=frozenset(answer for name, answer in seen if name == column.name))
        for column in columns
    )


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
    )
