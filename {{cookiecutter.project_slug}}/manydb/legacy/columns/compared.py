"""Columns that a server compares by something else than what their field shows, or not at all."""

from typing import Any

from django.db.models.expressions import Col, OrderBy, Ref


class Read(Col):
    """A column that is read as it is stored, and sorted by what it means."""


class ComparedCol(Read):
    """In conditions, functions and orders, an expression; what is read stays the column."""

    target: Any  # a Compared

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        sql, params = super().as_sql(compiler, connection)
        return self.target.compared(sql, connection), params

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        query = compiler.query
        if query.subquery:
            return sql, params  # what it selects is compared with, and not read
        # So are the rows of DISTINCT and GROUP BY: what a server can't compare can't be read there.
        if not (query.distinct or query.group_by):
            sql, params = super().as_sql(compiler, compiler.connection)
        selected: tuple[str, Any] = super().select_format(compiler, sql, params)
        return selected


def as_column(value: Any) -> Any:
    """What an UPDATE copies from such a column: what is stored there."""
    return Col(value.alias, value.target) if isinstance(value, Read) else value


class Compared:
    """Before a field of Django."""

    def compared(self, sql: str, connection: Any) -> str:
        """The column as an expression that compares as the field's values do."""
        raise NotImplementedError

    def get_col(self, alias: Any, output_field: Any = None) -> Any:
        target: Any = self
        return ComparedCol(alias, target, output_field)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return super().get_db_prep_save(as_column(value), connection)  # type: ignore[misc]


def _by_its_meaning(self: Any, compiler: Any, connection: Any, **kwargs: Any) -> Any:
    """Where Django sorts by the number of a column in SELECT, which is what is stored there."""
    reference = self.expression
    source = getattr(reference, "source", None)
    # With DISTINCT, PostgreSQL sorts by what is selected and by nothing else.
    if isinstance(reference, Ref) and isinstance(source, Read) and not compiler.query.distinct:
        order = self.copy()
        order.set_source_expressions([source])
        return order.as_sql(compiler, connection, **kwargs)
    return self.as_sql(compiler, connection, **kwargs)


# An engine's own SQL of an expression, as Django's documentation has it (ref/models/expressions).
for vendor in ("sqlite", "postgresql"):
    setattr(OrderBy, f"as_{vendor}", _by_its_meaning)
