"""Tables as other people's databases have them: each was a page, a row or a look-up that failed."""

import sqlite3

from django.db import connections
from django.db.models import Count, Max
from django.utils import timezone

from engine.tests.attic import AtticCase
from manydb.core.collations import by_letters
from manydb.legacy.admin.display import Shown
from manydb.legacy.keyless import KeylessModel


class StrangeTables(AtticCase):
    def test_a_relation_to_rows_without_a_key_is_shown_without_a_link(self) -> None:
        self.make(
            "create table users (name varchar(9) unique, other varchar(9));"
            "create table prefs (person varchar(9) not null primary key references users (name), v int);"
            "insert into users values ('ada', 'x'), (null, 'y'); insert into prefs values ('ada', 1);"
        )
        self.inspect()
        with self.installed() as models:
            prefs = next(model for model in models if model.__name__.startswith("Pref"))
            (field, *_) = prefs._meta.local_concrete_fields
            self.assertTrue(field.is_relation)
            self.assertIn("ada", Shown(field, 99, linked=True)(prefs.objects.get()))

    def test_a_table_without_a_key_whose_columns_all_refer_to_others_is_listed(self) -> None:
        self.make(
            "create table a (id int not null primary key); create table b (id int not null primary key);"
            "create table ab (id int, b_id int, foreign key (id) references a (id),"
            " foreign key (b_id) references b (id));"
            "create table entry (id int not null, word varchar(9), foreign key (id) references a (id));"
            "insert into a values (1), (2); insert into b values (3);"
            "insert into ab values (1, 3), (1, 3), (2, null); insert into entry values (1, 'x'), (1, 'y');"
        )
        self.inspect()
        with self.installed() as models:
            by_name = {model._meta.db_table: model for model in models}
            for name in ("ab", "entry"):
                self.assertEqual(self.list_of(by_name[name]).status_code, 200, name)
            rows = list(by_name["ab"].objects.prefetch_related("b").order_by("id", "b"))
            self.assertEqual(
                [(row.id, row.b and row.b.id) for row in rows], [(1, 3), (1, 3), (2, None)]
            )
            self.assertEqual(by_name["a"].objects.get(pk=1).entry_set.count(), 2)

    def test_a_row_whose_foreign_key_leads_nowhere_is_saved_unchanged(self) -> None:
        if self.engine != "sqlite":
            return  # servers look at keys that change
        self.make(
            "create table a (id integer primary key); create table c (id integer primary key, a_id int references a (id), v int);"
            "insert into c values (1, 99, 0);"
        )
        self.inspect()
        with self.installed() as models:
            model = next(model for model in models if model._meta.db_table == "c")
            row = model.objects.get()
            row.save()
            row.v = 1
            row.save()
            self.assertEqual(list(model.objects.values_list("a_id", "v")), [(99, 1)])

    def test_what_postgresql_keeps_in_its_own_way_is_found_as_it_is_read(self) -> None:
        if self.engine != "postgresql":
            return
        self.make("""
            create table bills (id int primary key, code character(6) not null, doc xml, body json, at timestamp);
            insert into bills values (1, 'ab', '<a/>', '{"a":  1}', '2021-10-31 02:30'), (2, 'abc', '<a/>', '{"a": 1}', '2021-03-28 02:30');
        """)
        self.entry["TIME_ZONE"] = "Europe/Berlin"
        self.connect()
        self.inspect()
        with self.installed() as (bill,):
            rows = bill.objects.order_by("pk")
            first = rows[0]
            self.assertEqual(first.code, "ab    ")
            for look_up in ("exact", "iexact", "startswith", "endswith", "icontains"):
                self.assertEqual(rows.get(**{f"code__{look_up}": first.code}), first, look_up)
            self.assertEqual(rows.get(code="ab"), first)
            for zone in ("UTC", "America/New_York"):
                with timezone.override(zone):
                    for row in rows:
                        at = timezone.localtime(row.at)
                        self.assertEqual(rows.get(at__time=at.time(), at__date=at.date()), row)
            for field in ("doc", "body"):
                unordered = bill.objects.order_by()
                self.assertEqual(len(unordered.values_list(field).distinct()), 1, field)
                self.assertEqual(unordered.values(field).annotate(n=Count("pk")).get()["n"], 2)

    def test_texts_of_another_character_set_are_found_by_their_letters(self) -> None:
        if self.engine != "mysql":
            return
        self.make("""
            create table towns (id int primary key, name varchar(20), about text) character set latin1;
            insert into towns values (1, 'Zürich', 'größer'), (2, 'Bern', 'klein');
        """)
        self.inspect()
        with self.installed() as (town,):
            found = {"name": ("Zür", "ürich", "ric"), "about": ("größ", "ößer", "öße")}
            for name, texts in found.items():
                for look_up, text in zip(
                    ("startswith", "endswith", "contains"), texts, strict=True
                ):
                    self.assertEqual(town.objects.get(**{f"{name}__{look_up}": text}).pk, 1, text)
                    self.assertEqual(town.objects.get(**{f"{name}__i{look_up}": text}).pk, 1, text)
                self.assertEqual(town.objects.get(**{f"{name}__regex": texts[2]}).pk, 1)
            self.assertFalse(town.objects.filter(name__contains="ZÜR"))

    def test_a_table_is_read_though_this_sqlite_lacks_the_order_of_its_texts(self) -> None:
        if self.engine != "sqlite":
            return
        with sqlite3.connect(self.name) as file:
            file.create_collation("unicase", by_letters)
            file.executescript(
                "create table notes (id integer primary key, name text collate unicase unique, v int);"
                "create table tags (tag text primary key collate unicase, v int) without rowid;"
                "create view names as select name, v from notes;"
                "insert into notes values (1, 'b', 1), (2, 'A', 2); insert into tags values ('b', 1), ('A', 2);"
            )
        file.close()
        self.entry["ENGINE"] = "manydb.backends.read_only_sqlite"
        self.connect()
        said = self.inspect()[1]
        self.assertIn("create_collation()", said)
        with self.installed() as models:
            self.assertEqual(len(models), 3)
            for model in models:
                text = next(
                    field for field in model._meta.fields if "Uncollated" in type(field).__name__
                )
                rows = model.objects.order_by(text.name)
                self.assertEqual([getattr(row, text.name) for row in rows], ["A", "b"])
                for value in ("A", "b"):
                    for lookup in ("exact", "iexact", "contains", "startswith", "lte"):
                        found = rows.filter(**{f"{text.name}__{lookup}": value})
                        self.assertIn(value, [getattr(row, text.name) for row in found])
                self.assertEqual(rows.values(text.name).annotate(n=Count("*")).count(), 2)
                self.assertEqual(self.list_of(model).status_code, 200)

    def test_a_table_whose_key_an_inheriting_table_repeats_has_none(self) -> None:
        if self.engine != "postgresql":
            return
        self.make(
            "create table files (id int primary key, name text); create table images (primary key (id)) inherits (files);"
            "create table notes (id int primary key); create table memos (primary key (id)) inherits (notes);"
            "insert into files values (1, 'a'); insert into images values (1, 'b');"
            "insert into notes values (1); insert into memos values (2);"
        )
        self.inspect()
        with self.installed() as models:
            keyless = {model.__name__ for model in models if issubclass(model, KeylessModel)}
            self.assertEqual(keyless, {"Files"})

    def test_texts_that_are_not_utf8_are_found_as_they_are_shown(self) -> None:
        if self.engine != "sqlite":
            return
        self.make("create table words (id integer primary key, w text);")
        with sqlite3.connect(self.name) as file:
            file.execute("insert into words values (1, cast(x'ff41' as text)), (2, 'plain')")
        file.close()
        self.inspect()
        with self.installed() as (word,):
            for row in word.objects.all():
                for lookup in ("exact", "iexact", "contains", "startswith", "endswith"):
                    found = word.objects.filter(**{f"w__{lookup}": row.w})
                    self.assertEqual(list(found), [row], (row.w, lookup))
            self.assertEqual(word.objects.aggregate(Max("w"))["w__max"], "plain")

    def test_what_a_server_gives_back_after_an_insert_may_be_no_time_of_day(self) -> None:
        if self.engine != "mysql":
            return
        self.make(
            "create table shifts (id int primary key auto_increment, span time not null default '30:00:00',"
            " place point not null default (point(1, 2)));"
        )
        self.inspect()
        with self.installed() as (shift,):
            connections["attic"].close()  # the models were not there when it was opened
            row = shift.objects.create()
            self.assertEqual(str(shift.objects.get().span), "30:00:00")
            self.assertEqual(
                shift.objects.aggregate(Max("place"), Count("place")),
                {"place__max": row and "POINT(1 2)", "place__count": 1},
            )
