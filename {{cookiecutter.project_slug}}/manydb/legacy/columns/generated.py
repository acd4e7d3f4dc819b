"""What a generated column is made of, in the words of its own engine."""

from typing import Any

from django.db.models import Expression, Field


class ServerSQL(Expression):
    """An expression of ``vendor``; on another engine, as tests may use, the column is NULL."""

    def __init__(self, sql: str, vendor: str) -> None:
        super().__init__(output_field=Field())
        self.sql, self.vendor = sql, vendor

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        if connection.vendor != self.vendor:
            return "NULL", ()
        # Where Django has to write defaults into CREATE TABLE by itself, it takes this for a format.
        is_format = connection.features.requires_literal_defaults
        return (self.sql.replace("%", "%%") if is_format else self.sql), ()
