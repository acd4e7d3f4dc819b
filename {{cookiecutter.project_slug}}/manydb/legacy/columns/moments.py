"""Dates and times that Django's own fields would move, refuse or spell differently."""

import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from manydb.legacy.columns.raw import Raw


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


class StoredMoment(datetime.datetime):
    """A time that remembers how SQLite spells it."""

    text: str | None = None


class StoredDateTimeField(Raw, models.DateTimeField):  # type: ignore[type-arg]
    """Times that SQLite keeps in another spelling than Django's, which stays as long as they do."""

    def get_internal_type(self) -> str:
        return "TextField"  # Django's conversion would lose the spelling

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        moment = parse_datetime(value) if value else None
        if moment is None:
            return value
        if timezone.is_naive(moment) and connection.timezone:
            moment = timezone.make_aware(moment, connection.timezone)
        stored = StoredMoment.fromtimestamp(0).replace(
            moment.year,
            moment.month,
            moment.day,
            moment.hour,
            moment.minute,
            moment.second,
            moment.microsecond,
            moment.tzinfo,
            fold=moment.fold,
        )
        stored.text = value
        return stored

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return getattr(value, "text", None) or super().get_db_prep_value(
            value, connection, prepared
        )
