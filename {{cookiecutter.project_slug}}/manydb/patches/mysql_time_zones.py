"""Times of MySQL are converted to a zone that its server does not know, and those before 1970 as well.

Where a server lacks the tables of ``mysql_tzinfo_to_sql``, CONVERT_TZ gives NULL: ``__date`` and its like find no row,
and nothing says why. Of a time before 1970, on MariaDB also after 2037, it gives the time as it was. Django's
documentation (ref/databases) asks for the tables; it has no place between its functions and their SQL for another
conversion. No ticket known.
"""

from bisect import bisect
from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.backends.mysql.features import DatabaseFeatures
from django.db.backends.mysql.operations import DatabaseOperations
from django.db.backends.utils import split_tzname_delta

from manydb.patches import Patch, expect, has, ours, takes, uses

# Django has no types of its own for what it keeps to itself.
_operations: Any = DatabaseOperations
_djangos = _operations._convert_sql_to_tz
# Within these years a transition of a zone is known to the second; later times have the offset of the last of them.
_FIRST, _LAST, _STEP = datetime(1890, 1, 1), datetime(2100, 1, 1), timedelta(days=7)
_YEAR_0 = 366 * 86_400  # seconds, of which TO_SECONDS counts those before the year 1
# Servers that were asked, each with the two zones between which it converts.
_known: set[tuple[str, str, str, str]] = set()


def install(is_of_any_year: Callable[[str], bool]) -> None:
    """Has SQL convert where the server can't; ``is_of_any_year`` says of an alias that its times may be before 1970."""
    PATCH.verify()

    def convert(self: Any, sql: str, params: Any, tzname: str | None) -> tuple[str, Any]:
        here = self.connection.timezone_name
        if not tzname or not settings.USE_TZ or here == tzname:
            return sql, params
        if not is_of_any_year(self.connection.alias) and _converts(self.connection, here, tzname):
            by_the_server: tuple[str, Any] = _djangos(self, sql, params, tzname)
            return by_the_server
        return _shifted(sql, params, *offsets(here, tzname))

    _operations._convert_sql_to_tz = ours(convert)
    # Django asks to explain a NULL, and these are of columns that hold NULL.
    DatabaseFeatures.has_zoneinfo_database = True  # type: ignore[assignment]


def _converts(connection: Any, here: str, there: str) -> bool:
    """Whether the server knows both zones: asked once, and no query of the project's."""
    place = (connection.settings_dict["HOST"], str(connection.settings_dict["PORT"]), here, there)
    if place not in _known:
        connection.ensure_connection()
        with connection.wrap_database_errors, connection.connection.cursor() as cursor:
            target = connection.ops._prepare_tzname_delta(there)
            cursor.execute("SELECT CONVERT_TZ('2001-01-01 01:00:00', %s, %s)", (here, target))
            if cursor.fetchone()[0] is None:
                return False
        _known.add(place)
    return True


def _shifted(sql: str, params: Any, steps: list[int], seconds: list[int]) -> tuple[str, Any]:
    moment = f"CAST({sql} AS DATETIME(6))"
    if not steps:
        return f"({moment} + INTERVAL {seconds[0]} SECOND)", params
    place = f"INTERVAL(TO_SECONDS({sql}), {', '.join(map(str, steps))})"
    shift = f"ELT(1 + {place}, {', '.join(map(str, seconds))})"
    return f"({moment} + INTERVAL {shift} SECOND)", (*params, *params)


@cache
def offsets(here: str, there: str) -> tuple[list[int], list[int]]:
    """From which times of one zone, as TO_SECONDS counts, another one is ahead by how many seconds.

    The second list has one number more: that of all times before the first.
    """
    source, target = _zone(here), _zone(there)

    def ahead(moment: datetime) -> int:
        other = moment.replace(tzinfo=source).astimezone(target).replace(tzinfo=None)
        return round((other - moment).total_seconds())

    steps, moment, seconds = [], _FIRST, [ahead(_FIRST)]
    while moment < _LAST:
        following = moment + _STEP
        if ahead(following) != seconds[-1]:
            new = ahead(following)
            within = range(int(_STEP.total_seconds()))
            second = bisect(within, 0, key=lambda it: ahead(moment + timedelta(seconds=it)) == new)
            step = moment + timedelta(seconds=second) - datetime(1, 1, 1)
            steps.append(round(step.total_seconds()) + _YEAR_0)
            seconds.append(new)
        moment = following
    return steps, seconds


def _zone(name: str) -> tzinfo:
    """The zone that Django has this name of: a fixed offset is ``UTC+02:00``."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):
        _, sign, offset = split_tzname_delta(name)
    hours, minutes = str(offset).split(":")
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(ahead if sign == "+" else -ahead)


def _expects() -> None:
    takes(_djangos, "self", "sql", "params", "tzname")
    has(DatabaseOperations, "_prepare_tzname_delta")
    expect("has_zoneinfo_database" in vars(DatabaseFeatures), "MySQL's features know its zones")
    for name in (
        "datetime_cast_date_sql",
        "datetime_cast_time_sql",
        "datetime_extract_sql",
        "datetime_trunc_sql",
    ):
        uses(getattr(_operations, name), "_convert_sql_to_tz")
    takes(split_tzname_delta, "tzname")


PATCH = Patch("mysql_time_zones", tried=("5.2", "6.1"), expects=_expects)
