"""Dates of times are those of the current zone, on a MySQL without tables of zones and before 1970 as well."""

from datetime import UTC, datetime, timedelta
from datetime import timezone as fixed
from zoneinfo import ZoneInfo

from django.db import connections
from django.db.models.functions import TruncMonth
from django.utils import timezone

from engine.tests.attic import AtticCase

ZONES = (
    UTC,
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("America/New_York"),
    ZoneInfo("Etc/GMT+10"),
    fixed(timedelta(hours=-2)),
)
TIMES = [
    datetime(
        1947, 6, 28, 23, 30, tzinfo=UTC
    ),  # Berlin was two hours ahead, until the next day at 1
    datetime(1962, 2, 18, 23, 30, tzinfo=UTC),
    datetime(2021, 3, 28, 0, 59, 59, tzinfo=UTC),
    datetime(2021, 3, 28, 1, tzinfo=UTC),  # summer begins in Berlin
    datetime(2021, 6, 30, 23, 30, tzinfo=UTC),
    datetime(2039, 7, 31, 23, 30, tzinfo=UTC),
    datetime(2999, 12, 30, 23, 30, tzinfo=UTC),
]
PARTS = ("date", "time", "year", "month", "day", "hour", "minute", "week_day")


class TimeZones(AtticCase):
    def test_each_part_of_a_time_finds_the_rows_that_have_it(self) -> None:
        kind = {"postgresql": "timestamptz", "mysql": "datetime"}.get(self.engine, "datetime")
        self.make(f"create table visit (id int not null primary key, at {kind})")
        self.inspect()
        with self.installed() as (model,):
            with connections["attic"].cursor() as cursor:
                rows = [(n, time.replace(tzinfo=None)) for n, time in enumerate(TIMES, 1)]
                cursor.execute("insert into visit values (99, null)")
                for number, time in rows:
                    cursor.execute(f"insert into visit values ({number}, '{time}')")
            for zone in ZONES:
                with timezone.override(zone):
                    self.compare(model)

    def compare(self, model: object) -> None:
        times = [time.astimezone(timezone.get_current_timezone()) for time in TIMES]
        rows = model.objects  # type: ignore[attr-defined]
        for part in PARTS:
            of = {
                "date": lambda it: it.date(),
                "time": lambda it: it.time(),
                "week_day": lambda it: it.isoweekday() % 7 + 1,
            }.get(part, lambda it, part=part: getattr(it, part))
            for time in times:
                found = rows.filter(**{f"at__{part}": of(time)}).values_list("pk", flat=True)
                right = {n for n, other in enumerate(times, 1) if of(other) == of(time)}
                self.assertEqual(set(found), right, f"{part} of {time}")
        months = list(rows.order_by("pk").values_list(TruncMonth("at"), flat=True))
        begin = {"day": 1, "hour": 0, "minute": 0, "second": 0}
        naive = [time.replace(tzinfo=None, **begin) for time in times]
        self.assertEqual([month and month.replace(tzinfo=None) for month in months], [*naive, None])
