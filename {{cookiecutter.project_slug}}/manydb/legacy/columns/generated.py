"""What a generated column is made of, in the words of its own engine."""

import re
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


class ServerDefault(ServerSQL):
    """What a server puts into a column that an INSERT leaves out.

    PostgreSQL and MySQL do so themselves. SQLite has no word for it, so it gets the expression. In tables that
    are made for tests a function or a sequence that is not there is NULL.
    """

    allowed_default = True

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        if _NOW.fullmatch(self.sql) and connection.vendor != self.vendor:
            return "CURRENT_TIMESTAMP", ()
        if connection.vendor == self.vendor == "sqlite":
            return self.sql.replace("%", "%%"), ()  # a part of an INSERT, which is a format
        if _EVERYWHERE.fullmatch(self.sql):
            return self.sql, ()
        is_known = connection.vendor == self.vendor and _KNOWN.match(self.sql)
        return (self.sql if is_known else "NULL"), ()


_NOW = re.compile(r"(current_timestamp|now|localtimestamp)(\(\d*\))?", re.IGNORECASE)
_EVERYWHERE = re.compile(r"[+-]?\d+(\.\d+)?|'[^'%\\]*'")
_KNOWN = re.compile(
    r"(current_|local|now\(|gen_random_uuid\(|uuid\(|curdate\(|clock_timestamp\(|timezone\(|b'[01]+'$|array\[\]|'\{\}'$)",
    re.IGNORECASE,
)
