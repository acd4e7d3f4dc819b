"""Arrays of PostgreSQL; a module of its own, as it needs psycopg."""

from typing import Any

from django.contrib.postgres import fields
from django.core.checks import CheckMessage


class ArrayField(fields.ArrayField):
    """Django's, in projects whose other databases must run without ``django.contrib.postgres``."""

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return [found for found in super().check(**kwargs) if found.id != "postgres.E005"]


class EnumArrayField(ArrayField):
    """An array of an enum, a type that psycopg does not know: read as texts, written uncast."""

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        postgres = compiler.connection.vendor == "postgresql"
        return (f"CAST({sql} AS text[])" if postgres else sql), params

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "%s"
