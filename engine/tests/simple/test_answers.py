"""Columns of all kinds, asked alike: what a query finds is what the values say that were read.

A table of cases: each column has a few values, and every one of them is asked for, ordered, copied, saved, and sent
back by the admin's form as it was shown.
"""

import operator
from html.parser import HTMLParser
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import connections, models, transaction
from django.db.models import Count, Exists, F, OuterRef
from django.test import override_settings

from engine.tests.attic import AtticCase
from manydb.admin import register_app
from manydb.core.exceptions import ReadOnlyColumn
from manydb.legacy.columns.stored_values import AsItIs

UUIDS = "'123e4567-e89b-12d3-a456-426614174000'", "'00000000-0000-0000-0000-000000000001'"
# By engine and type; a column is named after its place.
COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "sqlite": {
        "datetime": ("'2016-07-04'", "'2016-07-04T10:00:00.125Z'", "1467626400"),
        "timestamp": ("1467626400", "1467626401", "0"),
        "date": ("'2016-07-04'", "'2016-07-05T00:00:00'"),
        "time": ("'10:00'", "'23:59:59.5'"),
        "boolean": ("'t'", "'f'"),
        "bool": ("'t'", "0", "1"),
        "decimal(10,2)": ("1.50", "-0.01"),
        "text": ("' x '", "'l1' || char(10) || 'l2'", "''"),
        "blob": ("'hello'", "x'00ff'"),
        "json": ("'{\"a\":  1.10}'", "'[1]'", "'\"x\"'"),
        "": ("1", "'a'", "2.5", "x'00'"),
    },
    "mysql": {
        "date": ("'2020-02-31'", "'2020-01-02'"),
        "datetime(6)": ("'2020-01-02 03:04:05.000007'", "'2021-12-31 23:59:59.5'"),
        "time": ("'30:00:00'", "'-01:30:00'", "'10:00:00'"),
        "enum('a','b')": ("'b'", "'a'", "0"),
        "set('a','b')": ("'a,b'", "''"),
        "bit(64)": ("0xffffffffffffffff", "b'1'"),
        "bigint unsigned": ("18446744073709551615", "5"),
        "json": ("'{\"a\":  1.10}'", "'[1]'", "'\"x\"'"),
        "point": ("point(1, 2)", "point(1.5, 2)"),
        "varchar(9)": ("' x '", "'l1\\nl2'", "''"),
        "uuid": UUIDS,
    },
    "postgresql": {
        "timestamp": ("'2020-12-31 23:59:59.999999'", "'2021-10-31 02:30:00'"),
        "date": ("'infinity'", "'0044-03-15 BC'", "'2020-01-02'"),
        "mood": ("'sad'", "'ok'", "'able'"),
        "real[]": ("'{1.5,0.1}'", "'{2.5}'"),
        "int[]": ("'[0:1]={1,2}'", "'{1,2}'"),
        "bigint[]": ("'{1,null}'", "'{}'"),
        "macaddr": ("'08:00:2b:01:02:03'", "'08:00:2b:01:02:04'"),
        '"char"': ("'a'", "'b'"),
        "numeric": ("1.2345678901234567890123456789", "0.10"),
        "xml": ("'<a/>'", "'<b> </b>'"),
        "int4range": ("'[1,5)'", "'empty'"),
        "json": ("'{\"a\":  1.10}'", "'[1]'"),
        "double precision": ("'Infinity'", "0.5"),
        "varchar(9)": ("' x '", "E'l1\\nl2'", "''"),
        "uuid": UUIDS,
    },
}
BEFORE = {
    "sqlite": "",
    "mysql": "set sql_mode = 'ALLOW_INVALID_DATES';",
    "postgresql": "create type mood as enum ('sad', 'ok', 'able');",
}
STORED = {
    "sqlite": "typeof({0}) || quote({0})",
    "mysql": "hex(cast({0} as binary))",
    "postgresql": "cast({0} as text)",
}
# Whose order is not that of Python's values.
UNORDERED = ("enum", "mood", "varchar", "point", "uuid", "int4range", '"char"', "set")


class Answers(AtticCase):
    def setUp(self) -> None:
        super().setUp()
        self.columns = [f"c{place}" for place in range(len(COLUMNS[self.engine]))]
        types = dict(zip(self.columns, COLUMNS[self.engine], strict=True))
        self.kinds = types
        values = list(COLUMNS[self.engine].values())
        declared = ", ".join(f"{name} {kind}, o{name} {kind}" for name, kind in types.items())
        rows = [
            ", ".join(
                f"{cell[row]}, {cell[row]}" if row < len(cell) else "null, null" for cell in values
            )
            for row in range(5)
        ]
        self.make(
            f"{BEFORE[self.engine]} create table thing (id int not null primary key, {declared}); "
            + " ".join(f"insert into thing values ({n}, {row});" for n, row in enumerate(rows, 1))
        )
        self.inspect()

    def stored(self) -> list[Any]:
        spelled = ", ".join(
            STORED[self.engine].format(name) for both in self.columns for name in (both, f"o{both}")
        )
        with connections["attic"].cursor() as cursor:
            cursor.execute(f"select id, {spelled} from thing order by id")
            return list(cursor.fetchall())

    def test_each_value_is_found_and_no_other(self) -> None:
        with self.installed() as (thing,):
            rows = list(thing.objects.order_by("pk"))
            for name, kind in self.kinds.items():
                with self.subTest(kind):
                    self.asked(thing, name, {row.pk: getattr(row, name) for row in rows})

    def asked(self, thing: Any, name: str, read: dict[int, Any]) -> None:
        there = {pk: value for pk, value in read.items() if value is not None}

        def found(rows: Any) -> list[int]:
            return sorted(rows.values_list("pk", flat=True))

        self.assertEqual(found(thing.objects.filter(**{f"{name}__isnull": False})), [*there])
        self.assertEqual(thing.objects.aggregate(n=Count(name))["n"], len(there))
        for value in there.values():
            same = [pk for pk, other in there.items() if other == value]
            others = [pk for pk in read if pk not in same]
            for conditions in ({name: value}, {f"{name}__in": [value]}):
                self.assertEqual(found(thing.objects.filter(**conditions)), same, value)
                self.assertEqual(found(thing.objects.exclude(**conditions)), others, value)
        typed = {pk: value for pk, value in there.items() if not isinstance(value, AsItIs)}
        if len(typed) == len(there) and self.kinds[name]:
            again = thing.objects.filter(**{name: OuterRef(name)})
            self.assertEqual(found(thing.objects.filter(Exists(again))), [*there])
            self.assertEqual(found(thing.objects.filter(**{name: F(name)})), [*there])
        is_ordered = not self.kinds[name].startswith(UNORDERED)
        if is_ordered and all(
            isinstance(value, int | float) or hasattr(value, "resolution")
            for value in typed.values()
        ):
            for lookup in ("gt", "gte", "lt", "lte"):
                for value in typed.values():
                    right = [
                        pk
                        for pk, it in typed.items()
                        if getattr(operator, lookup.replace("te", "e"))(it, value)
                    ]
                    self.assertEqual(
                        found(thing.objects.filter(**{f"{name}__{lookup}": value})), right, lookup
                    )

    def test_rows_are_copied_and_saved_as_they_are_spelled(self) -> None:
        before = self.stored()
        with self.installed() as (thing,):
            for name, kind in self.kinds.items():
                with self.subTest(kind):
                    for row in thing.objects.all():
                        row.save()
                        thing.objects.filter(pk=row.pk).update(**{f"o{name}": F(name)})
                    try:
                        with transaction.atomic(using="attic"):
                            thing.objects.bulk_update(list(thing.objects.all()), [name])
                    except ReadOnlyColumn:
                        continue  # it says so by name
                    self.assertEqual(self.stored(), before)
            for name in self.kinds:
                if isinstance(thing._meta.get_field(name), models.JSONField):
                    self.changed_among_others(thing, name, before)

    def changed_among_others(self, thing: Any, name: str, before: list[Any]) -> None:
        rows = list(thing.objects.order_by("pk"))
        setattr(rows[1], name, {"new": None})
        thing.objects.bulk_update(rows, [name])
        self.assertEqual(getattr(thing.objects.get(pk=2), name), {"new": None})
        self.assertEqual([self.stored()[row] for row in (0, 2)], [before[0], before[2]])

    def test_a_form_that_is_sent_back_changes_nothing(self) -> None:
        before = self.stored()
        urls = "from django.contrib import admin\nfrom django.urls import path\n"
        urls += 'urlpatterns = [path("admin/", admin.site.urls)]\n'
        (self.folder / "attic" / "urls.py").write_text(urls)
        with self.installed() as (thing,), override_settings(ROOT_URLCONF="attic.urls"):
            register_app("attic")
            self.addCleanup(admin.site._registry.pop, thing, None)
            root = get_user_model()(username="root", is_superuser=True, is_staff=True)
            root.save()
            self.client.force_login(root)
            for row in thing.objects.all():
                address = f"/admin/attic/thing/{row.pk}/change/"
                typed = Inputs.of(self.client.get(address).content.decode())
                sent = self.client.post(address, typed)
                self.assertEqual(sent.status_code, 302, typed)
            self.assertEqual(self.stored(), before)


class Inputs(HTMLParser):
    """What a browser sends of a form that nobody has touched."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.inside = ""

    @classmethod
    def of(cls, page: str) -> dict[str, str]:
        parser = cls()
        parser.feed(page)
        # Each line ends as HTTP has it, and blanks at the end of an input stay.
        return {name: value.replace("\n", "\r\n") for name, value in parser.values.items()}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_sent = given.get("type") not in ("checkbox", "submit") or "checked" in given
        if tag == "input" and is_sent and "name" in given:
            self.values[given["name"]] = given.get("value", "on" if "checked" in given else "")
        elif tag in ("textarea", "select"):
            self.inside = given["name"]
            self.values[self.inside] = ""
        elif tag == "option" and "selected" in given and self.inside:
            self.values[self.inside] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self.inside and self.lasttag == "textarea":
            self.values[self.inside] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "select"):
            self.values[self.inside] = (
                self.values[self.inside].removeprefix("\r\n").removeprefix("\n")
            )
            self.inside = ""
