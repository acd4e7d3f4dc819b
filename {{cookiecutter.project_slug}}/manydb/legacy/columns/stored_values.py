"""What SQLite stores as a time, read as what it means; it remembers how it was spelled."""

import ast
import datetime
import re
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime, parse_time

# Of how many seconds a unit of a stored number is.
UNITS = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000}
_JULIAN_1970 = 2440587.5  # days
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T]00:00(?::00(?:\.0+)?)?)?", re.ASCII)
_STARTS_WITH_DAY = re.compile(r"\d{4}-\d\d-\d\d(?!\d)", re.ASCII)
_IN_FIXTURE = re.compile(r"AsItIs\((.+)\)", re.DOTALL)
_CLOCK = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?", re.ASCII)


class AsItIs(str):
    """A value that its field has no type for, as a text: shown as it is, and saved as it was ``stored``."""

    stored: Any

    def __new__(cls, stored: Any) -> "AsItIs":
        is_bytes = isinstance(stored, bytes | memoryview)
        made = super().__new__(cls, repr(bytes(stored)) if is_bytes else str(stored))
        made.stored = stored
        return made

    def __getnewargs__(self) -> tuple[Any]:
        return (self.stored,)


def in_fixture(value: Any) -> str:
    """How a fixture spells such a value, so that no other is mistaken for it."""
    value = getattr(value, "stored", value)
    return f"AsItIs({bytes(value) if isinstance(value, memoryview) else value!r})"


def of_fixture(text: Any) -> Any:
    """The value that ``in_fixture`` has spelled so, else None."""
    found = _IN_FIXTURE.fullmatch(text) if isinstance(text, str) else None
    try:
        return ast.literal_eval(found[1]) if found else None
    except (SyntaxError, ValueError):
        return None


class StoredDate(datetime.date):
    """A day that remembers how it is stored."""

    text: Any = None


class StoredMoment(datetime.datetime):
    """A time that remembers how it is stored."""

    text: Any = None


class StoredTime(datetime.time):
    """A time of day that remembers how it is stored."""

    text: Any = None


def moment_of(value: Any, unit: str, zone: str) -> datetime.datetime | None:
    """The time that SQLite stores as this value, with a zone if settings use them; None if it is no time.

    Args:
        unit: what numbers count; without one they are no times.
        zone: that of texts without an offset, and of the result.
    """
    try:
        found = _of_text(value) if isinstance(value, str) else _of_number(value, unit)
        if found is None:
            return None
        place = zone_of(zone)
        found = timezone.make_aware(found, place) if timezone.is_naive(found) else found
        return found if settings.USE_TZ else timezone.make_naive(found, place)
    except (ValueError, OverflowError, OSError):
        return None


def _of_text(text: str) -> datetime.datetime | None:
    return parse_datetime(text) if _STARTS_WITH_DAY.match(text) else None


def _of_number(value: Any, unit: str) -> datetime.datetime | None:
    if isinstance(value, bytes) or not unit:
        return None
    if unit == "julian":
        # To the millisecond, which is as exact as SQLite keeps them.
        return _since_1970(round((value - _JULIAN_1970) * 86_400_000) * 1_000)
    return _since_1970(round(value * (1_000_000 // UNITS[unit])))


def _since_1970(microseconds: int) -> datetime.datetime:
    return datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(
        microseconds=microseconds
    )


def number_of(moment: datetime.datetime, unit: str) -> int | float:
    """How a column that counts ``unit`` stores a time."""
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    if unit == "julian":
        return _JULIAN_1970 + since / datetime.timedelta(days=1)
    return round(since / datetime.timedelta(microseconds=1) / (1_000_000 / UNITS[unit]))


def date_of(value: Any) -> datetime.date | None:
    """The day that SQLite stores as this value; None if it is none, or more than a day."""
    found = _DAY.fullmatch(value) if isinstance(value, str) else None
    try:
        return datetime.date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def time_of(value: Any) -> datetime.time | None:
    """The time of day that SQLite stores as this value; None if it is none."""
    try:
        return parse_time(value) if isinstance(value, str) and _CLOCK.fullmatch(value) else None
    except ValueError:
        return None


@cache
def zone_of(name: str) -> datetime.tzinfo:
    return ZoneInfo(name)
