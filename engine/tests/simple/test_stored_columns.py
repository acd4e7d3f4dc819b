"""Columns of SQLite, whose times have many spellings: look-ups, functions and arithmetic are right for each.

A table of cases: every column is asked everything, and the answers are compared with what its values say.
"""

import json
import operator
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management import CommandError, call_command
from django.db import connections, models
from django.db.models import F
from django.db.models.functions import Extract, Trunc, TruncDate
from django.test import override_settings
from django.utils import timezone

from engine.tests.attic import MARKS, AtticCase
from manydb.legacy.columns.stored_values import AsItIs

MOMENTS = [
    datetime(2016, 7, 4, tzinfo=UTC),
    datetime(2016, 7, 4, 10, 30, 5, tzinfo=UTC),
    datetime(2016, 7, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2016, 12, 31, 23, 30, tzinfo=UTC),
    datetime(2017, 1, 1, tzinfo=UTC),
]
DAYS = [datetime.combine(moment, time(), UTC) for moment in MOMENTS]
EASTERN = ZoneInfo("America/New_York")
# How programs store a time, by the name of a column.
SPELLINGS: dict[str, Callable[[datetime], Any]] = {
    "django": lambda moment: str(moment.replace(tzinfo=None)),
    "millis": lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S.125"),
    "iso": lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "minutes": lambda moment: moment.strftime("%Y-%m-%dT%H:%M"),
    "offsets": lambda moment: moment.astimezone(EASTERN).isoformat(),
    "days": lambda moment: str(moment.date()),
    "mixed": lambda moment: (
        str(moment.date()) if not moment.hour else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    ),
    "epoch": lambda moment: int(moment.timestamp()),
    "epoch_ms": lambda moment: int(moment.timestamp() * 1000),
    "epoch_real": lambda moment: moment.timestamp() + 0.5,
    "julian": lambda moment: 2440587.5 + moment.timestamp() / 86400,
}
COLUMNS = ", ".join(f"{name} datetime" for name in SPELLINGS)
PARTS: dict[str, Callable[[Any], int]] = {
    "year": lambda it: it.year,
    "quarter": lambda it: (it.month + 2) // 3,
    "month": lambda it: it.month,
    "day": lambda it: it.day,
    "week_day": lambda it: it.isoweekday() % 7 + 1,
    "iso_week_day": lambda it: it.isoweekday(),
    "iso_year": lambda it: it.isocalendar()[0],
    "week": lambda it: it.isocalendar()[1],
    "hour": lambda it: it.hour,
    "minute": lambda it: it.minute,
    "second": lambda it: it.second,
}
COMPARED = {
    "exact": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


class FileCase(AtticCase):
    """A SQLite file, whatever the engine of this run."""

    def setUp(self) -> None:
        super().setUp()
        connections["attic"].close()
        self.engine = "sqlite"
        self.name = str(self.folder / "attic.sqlite3")
        self.entry = connections.configure_settings(
            {
                "default": {},
                "attic": {"ENGINE": "django.db.backends.sqlite3", "NAME": self.name} | MARKS,
            }
        )["attic"]
        connections.settings["attic"] = self.entry
        self.connect()


class StoredTimes(FileCase):
    def made(self) -> None:
        rows = ";".join(
            f"insert into t values ({number}, {', '.join(repr(how(it)) for how in SPELLINGS.values())})"
            for number, it in enumerate(MOMENTS, 1)
        )
        nothing = ", ".join(["null"] * len(SPELLINGS))
        self.make(
            f"create table t (id integer primary key, {COLUMNS}); {rows}; "
            f"insert into t values (9, {nothing})"
        )
        self.inspect()

    def test_each_spelling_answers_every_question(self) -> None:
        self.made()
        for zone in ("UTC", "America/New_York"):
            with override_settings(TIME_ZONE=zone), self.installed() as (model,):
                values = dict.fromkeys(SPELLINGS, MOMENTS)
                values |= {
                    "days": DAYS,
                    "millis": [it + timedelta(milliseconds=125) for it in MOMENTS],
                    "epoch_real": [it + timedelta(seconds=0.5) for it in MOMENTS],
                    "minutes": [it.replace(second=0) for it in MOMENTS],
                }
                for name in SPELLINGS:
                    with self.subTest(name, zone=zone):
                        self.answers(model.objects.exclude(pk=9), model, name, values[name])

    def answers(self, rows: Any, model: Any, name: str, values: list[datetime]) -> None:
        read = list(rows.order_by("pk").values_list(name, flat=True))
        self.assertEqual(read, values)
        local = [timezone.localtime(it) for it in values]

        def found(**conditions: Any) -> list[int]:
            return sorted(model.objects.filter(**conditions).values_list("pk", flat=True))

        def told(is_one: Callable[[Any], bool], of: list[Any] = local) -> list[int]:
            return [number for number, it in enumerate(of, 1) if is_one(it)]

        self.assertEqual(found(**{f"{name}__isnull": True}), [9])
        for asked in [*values, datetime(2016, 7, 4, tzinfo=UTC), datetime(2016, 8, 1, tzinfo=UTC)]:
            for lookup, compare in COMPARED.items():
                expected = told(lambda it, asked=asked, compare=compare: compare(it, asked))  # type: ignore[misc]
                self.assertEqual(found(**{f"{name}__{lookup}": asked}), expected, lookup)
            day = timezone.localtime(asked).date()
            expected = told(lambda it, day=day: it.date() == day)  # type: ignore[misc]
            self.assertEqual(found(**{f"{name}__date": day}), expected)
            expected = told(lambda it, day=day: it.date() >= day)  # type: ignore[misc]
            self.assertEqual(found(**{f"{name}__date__gte": day}), expected)
        self.assertEqual(found(**{f"{name}__in": values[:2]}), told(lambda it: it in values[:2]))
        span = (values[1], values[3])
        self.assertEqual(
            found(**{f"{name}__range": span}), told(lambda it: span[0] <= it <= span[1])
        )
        for part, of in PARTS.items():
            wanted = of(local[1])
            self.assertEqual(
                found(**{f"{name}__{part}": wanted}),
                told(lambda it, of=of, wanted=wanted: of(it) == wanted),  # type: ignore[misc]
                part,
            )
            extracted = rows.annotate(x=Extract(name, part)).order_by("pk")
            self.assertEqual(list(extracted.values_list("x", flat=True)), [*map(of, local)], part)
        self.assertEqual(
            list(rows.annotate(x=Trunc(name, "month")).order_by("pk").values_list("x", flat=True)),
            [it.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0) for it in local],
        )
        self.assertEqual(
            list(rows.annotate(x=TruncDate(name)).order_by("pk").values_list("x", flat=True)),
            [it.date() for it in local],
        )
        months = sorted({it.date().replace(day=1) for it in local})
        self.assertEqual(list(model.objects.dates(name, "month")), months)
        self.assertEqual(len(model.objects.datetimes(name, "month")), len(months))
        self.assertEqual(
            rows.aggregate(a=models.Min(name), b=models.Max(name), n=models.Count(name)),
            {"a": min(values), "b": max(values), "n": 5},
        )
        self.assertEqual(
            [row.pk for row in rows.order_by(f"-{name}", "pk")],
            [
                n
                for _, n in sorted(
                    zip(values, range(1, 6), strict=True),
                    key=lambda it: (-it[0].timestamp(), it[1]),
                )
            ],
        )
        since = rows.annotate(x=F(name) - F("django")).order_by("pk").values_list("x", flat=True)
        self.assertEqual(
            list(since), [it - moment for it, moment in zip(values, MOMENTS, strict=True)]
        )
        later = rows.annotate(x=F(name) + timedelta(days=1)).order_by("pk")
        self.assertEqual(later.values_list("x", flat=True)[0], values[0] + timedelta(days=1))
        same = model.objects.filter(**{f"{name}__in": model.objects.filter(pk=2).values(name)})
        self.assertIn(2, same.values_list("pk", flat=True))

    def test_what_is_read_stays_as_it_is_spelled_and_what_is_new_is_a_number_among_numbers(
        self,
    ) -> None:
        self.made()
        with self.installed() as (model,):
            before = self.stored()
            for row in model.objects.all():
                row.save()
            self.assertEqual(self.stored(), before)
            moment = datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC)
            model.objects.create(pk=20, **dict.fromkeys(SPELLINGS, moment))
            for name in SPELLINGS:
                self.assertEqual(model.objects.get(**{name: moment}).pk, 20, name)
            with connections["attic"].cursor() as cursor:
                cursor.execute("select +epoch, +epoch_ms, typeof(julian) from t where id = 20")
                self.assertEqual(cursor.fetchone(), (1580702706, 1580702706000, "real"))

    def stored(self) -> Any:
        with connections["attic"].cursor() as cursor:
            cursor.execute(f"select {', '.join(f'quote({name})' for name in SPELLINGS)} from t")
            return cursor.fetchall()


ODD = """
create table reading (id integer primary key, amount integer, price decimal(8, 2), taken datetime, day date,
    opens time, fine bool, seen datetime);
insert into reading values (1, 5, 1.50, '2024-01-02 03:04:05', '2024-01-02', '08:00', 1, 1704164645);
"""
LATER = """
insert into reading values (2, 'N/A', '1,5', 'yesterday', '2024-02-30', '25:00', 'maybe', 'never'),
    (3, 7, 99999999999999999, '2024-13-01 00:00:00', '2024-01-02 10:00', '8 h', 5, 1e300),
    (4, null, null, null, null, null, null, null), (5, 2, 3, '', '', '', '', ''),
    (6, 8, 2.25, x'00ff', x'00', x'00', x'00', x'00'), (7, 9, 10, '2024-01-03', '2024-01-03', '09:00:00', 0, 1704251045);
"""


class LaterRows(FileCase):
    """What came after the models were written."""

    def setUp(self) -> None:
        super().setUp()
        self.make(ODD)
        self.inspect()
        with connections["attic"].cursor() as cursor:
            cursor.execute(LATER)

    def test_odd_values_are_shown_as_they_are_and_the_other_rows_are_not_affected(self) -> None:
        with self.installed() as (model,):
            rows = {row.pk: row for row in model.objects.all()}
            page = self.list_of(model)
            self.assertContains(page, "yesterday")
            self.assertContains(page, "1,5")
        self.assertEqual(rows[7].taken, datetime(2024, 1, 3, tzinfo=UTC))
        self.assertEqual((rows[7].price, rows[7].fine), (Decimal("10.00"), False))
        odd = [rows[2].price, rows[2].taken, rows[2].day, rows[2].opens, rows[2].fine, rows[2].seen]
        self.assertEqual(odd, ["1,5", "yesterday", "2024-02-30", "25:00", "maybe", "never"])
        self.assertEqual({type(value) for value in odd}, {AsItIs})
        self.assertEqual(rows[3].price, "99999999999999999")
        self.assertEqual(rows[6].taken, r"b'\x00\xff'")
        self.assertIsNone(rows[4].taken)

    def test_the_check_reports_them(self) -> None:
        out = StringIO()
        with self.installed(), self.assertRaisesMessage(CommandError, "7 differences in attic."):
            call_command("check_legacy_models", "attic", "--json", stdout=out)
        rows = {row["column"]: row for row in json.loads(out.getvalue())}
        self.assertEqual({row["what"] for row in rows.values()}, {"value"})
        self.assertEqual(rows["amount"]["live"], "'N/A'")
        self.assertEqual(rows["taken"]["model"], "StoredDateTimeField")

    def test_rows_are_saved_as_they_were(self) -> None:
        columns = "price, taken, day, opens, fine, seen"
        spelled = ", ".join(f"quote({name})" for name in columns.split(", "))

        def stored() -> Any:
            with connections["attic"].cursor() as cursor:
                cursor.execute(f"select {spelled} from reading")
                return cursor.fetchall()

        before = stored()
        with self.installed() as (model,):
            for row in model.objects.exclude(pk=2):
                row.full_clean()
                row.save()
            model.objects.get(pk=2).save(update_fields=columns.split(", "))
        self.assertEqual(stored(), before)

    def test_odd_values_are_found_as_they_are_and_are_in_no_range(self) -> None:
        with self.installed() as (model,):

            def found(**conditions: Any) -> list[int]:
                return sorted(model.objects.filter(**conditions).values_list("pk", flat=True))

            for row in model.objects.exclude(pk=4):
                for name in ("price", "taken", "day", "opens", "fine", "seen"):
                    self.assertEqual(found(**{name: getattr(row, name)}), [row.pk], (row, name))
            for name in ("price", "taken", "day", "opens", "fine", "seen"):
                self.assertEqual(found(**{f"{name}__isnull": True}), [4], name)
            self.assertEqual(found(price__gt=0), [1, 3, 5, 6, 7])  # a number, if a long one
            self.assertEqual(found(taken__gte=datetime(2000, 1, 1, tzinfo=UTC)), [1, 7])
            self.assertEqual(found(taken__year=2024), [1, 7])
            self.assertEqual(found(day__gte=date(2000, 1, 1)), [1, 7])
            self.assertEqual(found(opens__lt=time(9)), [1])
            self.assertEqual(found(fine=True), [1])
            sums = model.objects.exclude(pk=3).aggregate(x=models.Sum("price"))
            self.assertEqual(sums["x"], Decimal("16.75"))
            self.assertEqual(
                model.objects.aggregate(x=models.Max("taken"))["x"],
                datetime(2024, 1, 3, tzinfo=UTC),
            )
