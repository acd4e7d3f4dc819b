"""The database in which the rows of all tenants are: which are a tenant's, and in what order they are read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from manydb.tenants.row_moves.order import in_order
from manydb.tenants.row_moves.paths import Conditions, Layout


@dataclass
class Source:
    """The database in which the rows of all tenants are."""

    alias: str
    layout: Layout
    connection: BaseDatabaseWrapper = field(init=False)
    tables: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.connection = connections[self.alias]
        self.tables = set(self.connection.introspection.table_names())
        self.sql = Conditions(self.connection, self.layout, self.tables)

    @property
    def models(self) -> list[type[Model]]:
        """The models whose tables are here, in the order in which they are filled."""
        return [model for group in self.groups() for model in group]

    def groups(self) -> Iterator[list[type[Model]]]:
        yield from in_order(m for m in self.layout.models if m._meta.db_table in self.tables)

    def values(self) -> list[Any]:
        """What the column holds: a value for each tenant."""
        root = self.layout.root
        column = self.sql.column(root, _column_of(root, self.layout.column))
        table = self.sql.quote(root._meta.db_table)
        return [v for (v,) in self.ask(f"SELECT DISTINCT {column} FROM {table} ORDER BY 1")]  # noqa: S608

    def condition(self, model: type[Model], value: Any) -> tuple[str, list[Any]]:
        if model in self.layout.everywhere:
            return "1 = 1", []
        where = self.sql.of(model, self.layout.paths[model])
        return where, [value] * where.count("%s")

    def count(self, model: type[Model], value: Any) -> int:
        where, values = self.condition(model, value)
        return self._number(f"SELECT COUNT(*) FROM {self._table(model)} WHERE {where}", values)  # noqa: S608

    def total(self, model: type[Model]) -> int:
        return self._number(f"SELECT COUNT(*) FROM {self._table(model)}", [])  # noqa: S608

    def dangling(self, model: type[Model], value: Any) -> Iterator[str]:
        """Rows of a tenant that point at a row which is not the tenant's, or stays where it is."""
        where, values = self.condition(model, value)
        for key in model._meta.local_concrete_fields:
            target: Any = key.related_model
            if not key.is_relation or target not in self.layout.models or target is model:
                continue
            column = self.sql.column(model, str(key.column))
            inner, more = self.condition(target, value)
            theirs = self.sql.column(target, key.target_field.column)  # type: ignore[attr-defined]
            number = self._number(
                f"SELECT COUNT(*) FROM {self._table(model)} WHERE {where} AND {column} IS NOT NULL "  # noqa: S608
                f"AND {column} NOT IN (SELECT {theirs} FROM {self._table(target)} WHERE {inner})",
                [*values, *more],
            )
            if number:
                yield (
                    f"{number} rows of {model._meta.label} point by {key.name} at rows of {target._meta.label} that "
                    "are not the tenant's"
                )

    def rows(
        self, model: type[Model], columns: Sequence[str], value: Any, after: str | None, size: int
    ) -> list[tuple[Any, ...]]:
        where, values = self.condition(model, value)
        # Of SQLite as they are stored: by its type a column would give dates and numbers.
        plus = "+" if self.connection.vendor == "sqlite" else ""
        chosen = ", ".join(f"{plus}{self.sql.column(model, each)}" for each in columns)
        statement = f"SELECT {chosen} FROM {self._table(model)} WHERE {where}"  # noqa: S608
        if size:
            key = self.sql.column(model, key_of(model))
            if after is not None:
                statement, values = f"{statement} AND {key} > %s", [*values, after]
            statement = f"{statement} ORDER BY {key} LIMIT {size}"
        return self.ask(statement, values)

    def ask(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, list(values))
            return list(cursor.fetchall())

    def _number(self, statement: str, values: Sequence[Any]) -> int:
        return int(self.ask(statement, values)[0][0])

    def _table(self, model: type[Model]) -> str:
        return self.sql.quote(model._meta.db_table)


def key_of(model: type[Model]) -> str:
    """The column of the primary key."""
    return str(model._meta.pk.column)


def _column_of(model: type[Model], name: str) -> str:
    found: Any = model._meta.get_field(name)
    return str(found.column)
