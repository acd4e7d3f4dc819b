"""What a generated column is made of, in the words of its own engine."""

from typing import Any

from django.db.models import Expression, Field


class ServerSQL(Expression):
    """An expression of ``vendor``; on another engine, as tests may use, the column is NULL."""

    def __init__(self, sql: str, vendor: str) -> None:
        super().__init__(output_field=Field())
        self.sql, self.vendor = sql, vendor

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        return (self.sql if connection.vendor == self.vendor else "NULL"), ()
