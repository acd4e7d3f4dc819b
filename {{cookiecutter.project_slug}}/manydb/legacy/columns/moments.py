"""Dates and times that Django's own fields would move, refuse or spell differently."""

import datetime
from typing import Any

from django.db import models
from django.db.models.expressions import Col
from django.db.models.functions import Extract
from django.db.models.functions.datetime import TruncBase
from django.utils import timezone

from manydb.legacy.columns.compared import Compared, ComparedCol


class _ZeroDate(Compared):
    """A NOT NULL column that may hold ``0000-00-00``: None here, also to look-ups, and that again when written."""

    zero = "0000-00-00"

    def compared(self, sql: str, connection: Any) -> str:
        return f"NULLIF({sql}, '{self.zero}')" if connection.vendor == "mysql" else sql

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return self.zero if value is None else super().get_db_prep_save(value, connection)


class ZeroDateField(_ZeroDate, models.DateField):  # type: ignore[type-arg]
    """A date."""


class ZeroDateTimeField(_ZeroDate, models.DateTimeField):  # type: ignore[type-arg]
    """A date and time."""

    zero = "0000-00-00 00:00:00"


class NaiveDateTimeField(models.DateTimeField):  # type: ignore[type-arg]
    """``timestamp without time zone`` of PostgreSQL, a time in the alias's ``TIME_ZONE``.

    Django's own field hands it out without a zone and reads what it gets back in that of the
    settings. So a row that is saved unchanged moves by the difference of the two.
    """

    def db_type(self, connection: Any) -> str | None:
        return "timestamp" if connection.vendor == "postgresql" else super().db_type(connection)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        is_time = isinstance(value, datetime.datetime) and connection.timezone is not None
        if not is_time or not timezone.is_naive(value):
            return value
        return timezone.make_aware(value, connection.timezone)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        if (
            isinstance(value, datetime.datetime)
            and timezone.is_aware(value)
            and connection.timezone
        ):
            return timezone.make_naive(value, connection.timezone)
        return value


class _Aware(ComparedCol):
    """A time without a zone as one with a zone, which functions convert to another."""


def _in_its_zone(self: Any, compiler: Any, connection: Any) -> Any:
    """Extract and Trunc of a time without a zone, which PostgreSQL would take for one of the current zone."""
    column = self.lhs
    if type(column) is Col and isinstance(column.target, NaiveDateTimeField):
        function = self.copy()
        function.set_source_expressions([_Aware(column.alias, _Zoned(column.target))])
        return function.as_sql(compiler, connection)
    return self.as_sql(compiler, connection)


class _Zoned(Compared, models.DateTimeField):  # type: ignore[type-arg]
    def __init__(self, field: NaiveDateTimeField) -> None:
        super().__init__()
        self.column = field.column

    def compared(self, sql: str, connection: Any) -> str:
        if not connection.timezone:
            return sql
        zone = f"AT TIME ZONE '{connection.timezone_name}'"
        # Of the hour that comes twice in autumn, Python means the first and PostgreSQL the second.
        moment, earlier = f"({sql} {zone})", f"({sql} {zone} - INTERVAL '1 hour')"
        return f"CASE WHEN {earlier} {zone} = {sql} THEN {earlier} ELSE {moment} END"


# An engine's own SQL of a function, as Django's documentation has it (ref/models/expressions).
for function in (Extract, TruncBase):
    setattr(function, "as_postgresql", _in_its_zone)  # noqa: B010
