"""A table as Django's introspection and the catalogue of its database describe it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.legacy.catalogue import Catalogue
from manydb.legacy.tables import Column, Name, Table


def listed(connection: BaseDatabaseWrapper, cursor: Any) -> Iterator[tuple[str, bool]]:
    sequences = _sequences(connection, cursor)
    for table in connection.introspection.get_table_list(cursor):
        if table.name.startswith("sqlite_") or table.name in sequences:
            continue
        # Partitions are read through their table; Django has no letter for MariaDB's versioned tables.
        if table.type in ("t", "v", None):
            yield table.name, table.type == "v"


def _sequences(connection: BaseDatabaseWrapper, cursor: Any) -> set[str]:
    """MariaDB lists them among the tables."""
    if connection.vendor != "mysql":
        return set()
    cursor.execute(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_type = 'SEQUENCE'"
    )
    return {name for (name,) in cursor.fetchall()}


def columns(
    connection: BaseDatabaseWrapper, cursor: Any, catalogue: Catalogue, name: str
) -> tuple[Column, ...]:
    """What there is to know of a table's columns without its rows.

    Raises:
        ValueError: no model can be made of it, by the sentence that says why.
    """
    introspection = connection.introspection
    facts = catalogue.columns[name]
    _refuse_quotes(connection, name, facts)
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


def table(
    schemas: list[str],
    name: Name,
    view: bool,
    columns: tuple[Column, ...],
    catalogue: Catalogue,
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
        # What it does not have the order for, SQLite refuses to write, even as it was.
        triggered=name[1] in catalogue.triggered or any(each.uncollated for each in columns),
        comment=catalogue.comments.get(name[1], ""),
    )


def _refuse_quotes(connection: BaseDatabaseWrapper, table: str, columns: Iterable[str]) -> None:
    quote = connection.ops.quote_name("")[:1]
    named = ["its name"] if quote in table else []
    named += [f"its column {column}" for column in columns if quote in column]
    if named:
        raise ValueError(f"{named[0]} contains {quote}, which Django does not escape")


def _guess(introspection: Any, row: Any) -> str:
    try:
        return str(introspection.get_field_type(row.type_code, row))
    except KeyError:
        return ""


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
            # For collations, which are not used here, Django splits CREATE TABLE at commas, and fails at some.
            sql, params = "SELECT NULL WHERE 0", None
        return self.cursor.execute(sql, params)
