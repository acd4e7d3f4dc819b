"""What a server knows about its tables without reading them: about how many rows, which indexes."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet

from manydb.legacy.spelling import table_of

FEW = 1_000  # rows that may be counted, where the server has no estimate
LARGE = 100_000  # rows that may be read to answer one search

_ROWS = {
    # A partitioned table has no rows of its own; -1 stands for a table that was never analysed.
    "postgresql": """
        SELECT name, CASE c.relkind WHEN 'v' THEN NULL WHEN 'p' THEN (
                SELECT CASE WHEN min(leaf.reltuples) >= 0 THEN sum(leaf.reltuples) END
                FROM pg_partition_tree(c.oid) AS part
                JOIN pg_class AS leaf ON leaf.oid = part.relid AND part.isleaf)
            ELSE NULLIF(c.reltuples, -1) END, c.relkind = 'v'
        FROM unnest(%s::text[]) AS name JOIN pg_class AS c ON c.oid = to_regclass(name)""",
    "mysql": """
        SELECT table_name, table_rows, table_type LIKE '%%VIEW' FROM information_schema.tables
        WHERE table_schema = database() AND table_name IN %s""",
    "sqlite": "SELECT name, NULL, type = 'view' FROM sqlite_master WHERE type IN ('table', 'view')",
}
_INDEXED = {
    "postgresql": """
        SELECT a.attname FROM pg_index AS i
        JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am ON pg_am.oid = c.relam
        WHERE i.indrelid = to_regclass(%s) AND i.indisvalid AND i.indpred IS NULL AND amname = 'btree'""",
    "mysql": """
        SELECT column_name FROM information_schema.statistics
        WHERE table_schema = database() AND table_name = %s
        AND seq_in_index = 1 AND index_type = 'BTREE' AND sub_part IS NULL""",
    "sqlite": """
        SELECT part.name FROM pragma_index_list(%s) AS found
        JOIN pragma_index_info(found.name) AS part WHERE part.seqno = 0 AND NOT found.partial""",
}


@dataclass(frozen=True, slots=True)
class Size:
    """How large a table is. ``rows`` is None if it is not known without counting, as for views."""

    rows: int | None
    view: bool = False
    exact: bool = False

    def __str__(self) -> str:
        if self.rows is None:
            return ""
        if self.exact:
            return f"{self.rows:,}" if self.rows <= FEW else f"more than {FEW:,}"
        return f"about {self.rows:,}"


def estimates(
    connection: BaseDatabaseWrapper, models: Collection[type[Model]]
) -> dict[type[Model], Size]:
    """The server's estimates of those models' tables that are there, in one statement."""
    names = {model: _name(connection, model) for model in models}
    arguments: dict[str, Any] = {
        "postgresql": [list(names.values())],
        "mysql": [tuple(names.values())],
    }
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ROWS[connection.vendor], arguments.get(connection.vendor, []))
        found = {name.lower(): Size(_int(rows), bool(view)) for name, rows, view in cursor}
    return {model: found[name.lower()] for model, name in names.items() if name.lower() in found}


def sizes(
    connection: BaseDatabaseWrapper, models: Collection[type[Model]]
) -> dict[type[Model], Size]:
    """Returns the estimated sizes. A table without an estimate is counted, up to ``FEW`` rows."""
    return {
        model: size
        if size.view or size.rows is not None
        else Size(_rows(connection, model)[: FEW + 1].count(), exact=True)
        for model, size in estimates(connection, models).items()
    }


def is_large(connection: BaseDatabaseWrapper, model: type[Model], size: Size) -> bool:
    """Whether a table or view of this size has more rows than may be read to answer one search."""
    if size.rows is None:
        return _rows(connection, model)[LARGE : LARGE + 1].exists()
    return size.rows > LARGE


def indexed(connection: BaseDatabaseWrapper, model: type[Model]) -> set[str]:
    """The columns that an index begins with, so that a value in them is found without reading all rows."""
    with connection.cursor() as cursor:
        cursor.execute(_INDEXED[connection.vendor], [_name(connection, model)])
        return {name for (name,) in cursor.fetchall()}


def _name(connection: BaseDatabaseWrapper, model: type[Model]) -> str:
    table = table_of(model)
    return connection.ops.quote_name(table) if connection.vendor == "postgresql" else table


def _int(number: Any) -> int | None:
    return None if number is None else int(number)


def _rows(connection: BaseDatabaseWrapper, model: type[Model]) -> QuerySet[Any]:
    return model._base_manager.using(connection.alias).order_by()
