"""Values that their field has no type for, and columns that Django's functions do not know."""

import operator
import re
import sqlite3
import sys
from contextlib import closing
from decimal import Decimal
from io import StringIO
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core import serializers
from django.core.management import call_command
from django.db import connections
from django.db.models import (
    Avg,
    BooleanField,
    Case,
    Count,
    DateField,
    DateTimeField,
    DecimalField,
    F,
    Max,
    Min,
    OuterRef,
    StdDev,
    Subquery,
    Sum,
    TextField,
    TimeField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, Left, Length, Replace, Upper
from django.test import override_settings
from django.urls import clear_url_caches

from engine.tests.attic import AtticCase
from engine.tests.simple.test_stored_columns import FileCase
from manydb.admin import LegacyAdmin

# Columns of SQLite whose default is none of its type's values, or spelled otherwise.
DEFAULTS = """
    create table thing (id integer primary key, b blob not null default '', n integer default '', d decimal(5, 2)
        default '', bo boolean default 't', dt datetime default '', da date default 0,
        late datetime default (strftime('%s', 0)), r real default 'none');
    insert into thing (id) values (1);
"""


class Defaults(FileCase):
    def setUp(self) -> None:
        super().setUp()
        self.make(DEFAULTS)
        self.inspect()

    def stored(self, key: int) -> Any:
        with connections["attic"].cursor() as cursor:
            names = ["b", "n", "d", "bo", "dt", "da", "late", "r"]
            spelled = ", ".join(f"typeof({name}) || quote({name})" for name in names)
            cursor.execute(f"select {spelled} from thing where id = {key}")
            return cursor.fetchone()

    def test_a_row_of_few_values_is_what_the_database_makes_of_it(self) -> None:
        with self.installed() as (thing,):
            row, read = thing.objects.create(pk=2), thing.objects.get(pk=2)
            for field in thing._meta.concrete_fields[1:]:
                values = [getattr(each, field.name) for each in (row, read)]
                self.assertEqual(values[0], values[1], field.name)
                self.assertIsNotNone(values[0], field.name)
            row.full_clean()
            row.r = 1.5
            row.save()
            self.assertEqual(self.stored(2)[:-1], self.stored(1)[:-1])

    def test_fixtures_bring_them_back(self) -> None:
        with self.installed() as (thing,):
            thing.objects.create(pk=2, b=b"\0\xff", n="AsItIs(5)", r=b"x", dt=None)
            before = [self.stored(key) for key in (1, 2)]
            for spelling in ("json", "xml"):
                rows = serializers.serialize(spelling, thing.objects.all())
                thing.objects.all().delete()
                for row in serializers.deserialize(spelling, rows):
                    row.save()
                self.assertEqual([self.stored(key) for key in (1, 2)], before)


class PassedOn(FileCase):
    def test_an_expression_gives_back_what_is_stored(self) -> None:
        self.make(
            "create table thing (id integer primary key, dt datetime, da date, ti time, bo boolean, n decimal(5, 2));"
            "insert into thing values (1, '2020-01-02 03:04:05', '2020-01-02', '03:04', 1, 1.5)"
        )
        self.inspect()
        with closing(sqlite3.connect(self.name)) as file:
            file.execute("insert into thing values (2, 'soon', 'never', 'noon', 'yes', 'abc')")
            file.commit()
        with self.installed() as (thing,):
            rows = thing.objects.order_by("pk")
            for name in ("dt", "da", "ti", "bo", "n"):
                read = list(rows.values_list(name, flat=True))
                there = read[0]
                plain = {
                    "dt": DateTimeField,
                    "da": DateField,
                    "ti": TimeField,
                    "bo": BooleanField,
                    "n": DecimalField,
                }
                own = thing.objects.filter(pk=OuterRef("pk"))
                for given in (
                    Coalesce(name, Value(there)),
                    Coalesce(Value(None), name, output_field=thing._meta.get_field(name)),
                    Case(When(pk__gt=0, then=name)),
                    Case(
                        When(pk__lt=0, then=Value(there)), default=name, output_field=plain[name]()
                    ),
                    Subquery(own.values(name)),
                    Coalesce(Subquery(own.values(name)), name),
                ):
                    with self.subTest(name, given=given):
                        of = rows.annotate(it=given)
                        self.assertEqual(list(of.values_list("it", flat=True)), read)
                        self.assertEqual([row.it for row in of], read)
                        self.assertEqual([row.pk for row in of.filter(it=there)], [1])
                        self.assertEqual([row.pk for row in of.filter(it__lte=there)], [1])
                        self.assertEqual({row.pk for row in of.order_by("it")}, {1, 2})
                as_text = rows.annotate(it=Cast(name, TextField())).values_list("it", flat=True)
                self.assertEqual(as_text[1], str(read[1]))
            nothing = thing.objects.create(pk=3)
            later = thing.objects.annotate(it=Coalesce("n", Value(Decimal("2.50"))))
            self.assertEqual(later.get(pk=nothing.pk).it, Decimal("2.50"))


class ForeignOrder(FileCase):
    def test_a_file_that_is_written_to_is_checked_in_an_order_of_other_software(self) -> None:
        self.make("create table thing (id integer primary key, n text)")
        with closing(sqlite3.connect(self.name)) as file:
            file.create_collation("theirs", lambda one, other: (one > other) - (one < other))
            file.execute("create table other (id integer primary key, t text collate theirs)")
            file.execute("create table tag (t text primary key collate theirs) without rowid")
        self.entry["NAME"] = f"file://{self.name}?mode=rw"  # as adopt_legacy --writable has it
        self.connect()
        source, _ = self.inspect()
        self.assertIn("t = UncollatedTextField(", source)
        self.assertIn("# Left out: tag: its key is in an order that this SQLite lacks", source)
        with self.installed():
            call_command("check_legacy_models", "attic", stdout=(said := StringIO()))
        self.assertEqual(said.getvalue(), "No drift in attic.\n")


class LaterDates(AtticCase):
    """Of MySQL, whose driver reads a date that is none as None."""

    def made(self) -> None:
        self.make(
            "create table thing (id int primary key, d date, m datetime(6), s datetime not null, "
            "key (d)); insert into thing values (1, '2020-01-02', '2020-01-02 03:04:05.6', '2020-01-02'), "
            "(2, '2021-12-31', null, '2021-12-31 03:30:00'), (3, null, null, '2020-01-02')"
        )
        self.inspect()
        with connections["attic"].cursor() as cursor:
            cursor.execute("set sql_mode = ''")
            for values in (
                "4, '0000-00-00', '0000-00-00', '0000-00-00'",
                "5, '2020-02-00', null, '2020-00-01'",
            ):
                cursor.execute(f"insert into thing values ({values})")
        connections["attic"].close()

    def test_a_date_that_is_none_is_shown_kept_and_found(self) -> None:
        if self.engine != "mysql":
            return  # the others have no such date
        self.made()
        with self.installed() as (thing,):
            before = self.stored()
            for row in thing.objects.all():
                row.full_clean()
                row.save()
            self.assertEqual(self.stored(), before)
            zero, partly = thing.objects.filter(pk__gt=3).order_by("pk")
            shown = [str(zero.d), str(zero.m), str(zero.s), str(partly.d), str(partly.s)]
            none = ["0000-00-00", "0000-00-00 00:00:00.000000", "0000-00-00 00:00:00"]
            self.assertEqual(shown, [*none, "2020-02-00", "2020-00-01 00:00:00"])
            for name in ("d", "m", "s"):
                with self.subTest(name):
                    self.asked(thing.objects, name, zero)

    def stored(self) -> Any:
        with connections["attic"].cursor() as cursor:
            cursor.execute("select id, concat(d), concat(m), concat(s) from thing order by id")
            return cursor.fetchall()

    def asked(self, rows: Any, name: str, zero: Any) -> None:
        values = {row.pk: getattr(row, name) for row in rows.all()}
        dates = {pk: it for pk, it in values.items() if it and not isinstance(it, str)}

        def found(**conditions: Any) -> list[int]:
            return sorted(rows.filter(**conditions).values_list("pk", flat=True))

        self.assertEqual(found(**{name: getattr(zero, name)}), [4])
        self.assertEqual(found(**{f"{name}__in": [getattr(zero, name), dates[1]]})[-1], 4)
        for pk, it in dates.items():
            self.assertIn(pk, found(**{name: it}))
            same_year = [key for key, other in dates.items() if other.year == it.year]
            self.assertEqual(found(**{f"{name}__year": it.year}), same_year)
            for lookup in ("gt", "gte", "lt", "lte"):
                compare = getattr(operator, lookup.replace("te", "e"))
                right = [key for key, other in dates.items() if compare(other, it)]
                self.assertEqual(found(**{f"{name}__{lookup}": it}), right, lookup)
        of_all = rows.aggregate(first=Min(name), last=Max(name), there=Count(name))
        there = len([it for it in values.values() if it is not None])
        expected = [min(dates.values()), max(dates.values()), there]
        self.assertEqual([*of_all.values()], expected)
        kind = "dates" if name == "d" else "datetimes"
        self.assertEqual(
            len(getattr(rows, kind)(name, "year")), len({it.year for it in dates.values()})
        )
        self.assertEqual(
            len(rows.order_by(name).values_list(name).distinct()), len(set(values.values()))
        )
        self.assertEqual(
            found(**{f"{name}__isnull": True}), [pk for pk, it in values.items() if it is None]
        )


class Functions(AtticCase):
    def test_words_of_a_list_are_texts_and_oids_are_numbers(self) -> None:
        if self.engine != "postgresql":
            return  # other engines know neither
        self.make(
            "create type mood as enum ('sad', 'ok'); create table thing (id int primary key, m mood, o oid, "
            "p oid, a macaddr); insert into thing values (1, 'sad', 5, 4000000000, '08:00:2b:01:02:03')"
        )
        self.inspect()
        texts = {
            Concat("m", Value("!")): "sad!",
            Length("m"): 3,
            Upper("m"): "SAD",
            Left("m", 1): "s",
            Replace("m", Value("s"), Value("m")): "mad",
            Concat("a", Value("")): "08:00:2b:01:02:03",
            F("o") + F("p"): 4_000_000_005,
        }
        with self.installed() as (thing,):
            for function, expected in texts.items():
                self.assertEqual(thing.objects.values_list(function).get(), (expected,))
            numbers = thing.objects.aggregate(Sum("p"), Avg("o"), StdDev("o"))
            self.assertEqual([*numbers.values()], [4_000_000_000, 5, Decimal(0)])
            self.assertEqual(thing.objects.filter(o=5, m__gt="sad").count(), 0)


BYTES = {"postgresql": "bytea"}
MOMENT = {"postgresql": "timestamp with time zone"}


class Lists(AtticCase):
    def test_the_end_of_time_and_bytes_are_no_errors(self) -> None:
        literal = r"'\x00'" if self.engine == "postgresql" else "x'00'"
        self.make(
            f"create table thing (id int primary key, b {BYTES.get(self.engine, 'blob')}, d date, "
            f"m {MOMENT.get(self.engine, 'datetime')});"
            f"insert into thing values (1, {literal}, '9999-12-30', '9999-12-30 23:59:59');"
            "insert into thing values (2, null, '2020-02-03', '2020-02-03 01:00:00')"
        )
        self.inspect()
        urls = "from django.contrib import admin\nfrom django.urls import path\n"
        urls += 'urlpatterns = [path("admin/", admin.site.urls)]\n'
        (self.folder / "attic" / "urls.py").write_text(urls)
        root = get_user_model()(username="root", is_superuser=True, is_staff=True)
        root.save()
        self.client.force_login(root)
        with self.installed() as (thing,), override_settings(ROOT_URLCONF="attic.urls"):
            self.addCleanup(clear_url_caches)
            for given, found in (
                ({"list_filter": ["b"]}, {"b__isnull=False": 1, "b__isnull=True": 1}),
                ({"date_hierarchy": "d"}, {"d__year=2020": 1, "d__year=9999&d__month=12": 2}),
                ({"date_hierarchy": "m"}, {"m__year=2020": 1, "m__year=9999": 2}),
            ):
                with self.subTest(given):
                    clear_url_caches()
                    sys.modules.pop("attic.urls", None)
                    admin.site.register(thing, type("ThingAdmin", (LegacyAdmin,), given))
                    self.lists(found)
                    admin.site.unregister(thing)

    def lists(self, found: dict[str, int]) -> None:
        page = self.client.get("/admin/attic/thing/")
        offered = " ".join(re.findall(r'href="\?([^"]*)"', page.content.decode()))
        self.assertIn(next(iter(found)), offered.replace("&amp;", "&"))
        self.assertNotIn("9999", offered)
        for query, rows in found.items():
            # A year that nothing follows is one that the list does not know.
            page = self.client.get(f"/admin/attic/thing/?{query}", follow=True)
            self.assertEqual(len(page.context["cl"].result_list), rows, query)
