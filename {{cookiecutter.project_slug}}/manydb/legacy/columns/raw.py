"""Columns of SQLite whose declared type promises something else than their rows hold.

Python's ``sqlite3`` converts by the declared type before Django sees a value: a number in a DATETIME
column would come out as None. An expression has no declared type, so ``+column`` is left as it is.
"""

from typing import Any

from django.db import models

from manydb.legacy.columns.stored_values import in_fixture, of_fixture


class Raw:
    """Reads a column as an expression, on SQLite."""

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        return (f"+{sql}" if compiler.connection.vendor == "sqlite" else sql), params


class RawBigIntegerField(Raw, models.BigIntegerField):  # type: ignore[type-arg]
    """Numbers, perhaps seconds since 1970."""


class RawFloatField(Raw, models.FloatField):  # type: ignore[type-arg]
    """Numbers, perhaps Julian days."""


class RawTextField(Raw, models.TextField):  # type: ignore[type-arg]
    """Texts, not all of which are times."""


class AsStoredField(Raw, models.Field):  # type: ignore[type-arg]
    """A column that holds several types: what comes out goes back in, unconverted."""

    def db_type(self, connection: Any) -> str:
        return ""

    def to_python(self, value: Any) -> Any:
        stored = of_fixture(value)
        return value if stored is None else stored

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return value if isinstance(value, str) and of_fixture(value) is None else in_fixture(value)
