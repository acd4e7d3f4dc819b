"""Arrays of PostgreSQL; a module of its own, as it needs psycopg."""

import json
from typing import Any

from django.contrib.postgres import fields
from django.core.checks import CheckMessage

from manydb.legacy.columns.compared import Compared


class ArrayField(fields.ArrayField):  # type: ignore[type-arg]
    """Django's, in projects whose other databases must run without ``django.contrib.postgres``."""

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return [found for found in super().check(**kwargs) if found.id != "postgres.E005"]

    # A database for tests may be another engine, where the array is JSON.

    def db_type(self, connection: Any) -> str | None:
        return super().db_type(connection) if connection.vendor == "postgresql" else "text"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        if connection.vendor == "postgresql" or value is None:
            return value
        return json.dumps(value, default=str)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value


class EnumArrayField(Compared, ArrayField):
    """An array of an enum, a type that psycopg does not know: read and compared as texts, written uncast."""

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        return self.compared(sql, compiler.connection), params

    def compared(self, sql: str, connection: Any) -> str:
        return f"CAST({sql} AS varchar[])" if connection.vendor == "postgresql" else sql

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "%s"
