"""Dates and times that Django's own fields would move, refuse or spell differently."""

import datetime
from typing import Any

from django.db import models
from django.utils import timezone


class _ZeroDate:
    """A NOT NULL column whose rows hold ``0000-00-00``: None here, and that again when written."""

    zero = "0000-00-00"

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return self.zero if value is None else super().get_db_prep_save(value, connection)  # type: ignore[misc]


class ZeroDateField(_ZeroDate, models.DateField):  # type: ignore[type-arg]
    """A date."""


class ZeroDateTimeField(_ZeroDate, models.DateTimeField):  # type: ignore[type-arg]
    """A date and time."""

    zero = "0000-00-00 00:00:00"


class NaiveDateTimeField(models.DateTimeField):  # type: ignore[type-arg]
    """``timestamp without time zone`` of PostgreSQL, a time in the alias's ``TIME_ZONE``.

    Django's own field hands it out without a zone and reads what it gets back in that of the
    settings, so a row that is saved unchanged moves by the difference of the two.
    """

    def db_type(self, connection: Any) -> str | None:
        return "timestamp" if connection.vendor == "postgresql" else super().db_type(connection)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is None or not timezone.is_naive(value) or connection.timezone is None:
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
