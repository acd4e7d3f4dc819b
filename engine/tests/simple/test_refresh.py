"""A refresh writes what the tables are now, and keeps every name and line that the owner has."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from django.apps import apps
from django.core.checks import ERROR, run_checks
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.utils import load_backend
from django.test import override_settings

import manydb
from engine.tests.attic import AtticCase
from engine.tests.simple.test_adoption import AdoptingCase
from manydb.legacy.table_checks import check_legacy_tables

CUSTOMERS = (
    "create table customers (id integer primary key, nm1 varchar(20), city varchar(20) not null);"
)
ORDERS = """
create table orders (id integer primary key, customer_no integer not null, total integer,
    foreign key (customer_no) references customers (id));
create table visits (id integer primary key, customer_no integer not null);
"""
FIRST = CUSTOMERS + ORDERS
PAGE = Path(manydb.__file__).parent / "docs" / "legacy-models.md"
(MODELS,) = re.findall(r"```python\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


class RefreshCase(AdoptingCase):
    app = "shop"

    def begin(self, sql: str, *words: str) -> None:
        self.make(sql)
        self.adopt("shop", *self.where, f"--app={self.app}", *words, **self.password)
        marks = {"ADOPTED": True, "READ_ONLY": False, "REPLICAS": []}
        # The name begins like one that Django gives; it is not the database that Django made for its tests.
        tests = {**self.entry["TEST"], "NAME": "of_tests"}
        connections.settings["shop"] = self.entry | marks | {"TEST": tests}
        self.addCleanup(connections.settings.pop, "shop")
        self.enterContext(patch.object(type(self), "databases", {*self.databases, "shop"}))

    @contextmanager
    def in_project(self) -> Iterator[list[type]]:
        wrapper = load_backend(self.entry["ENGINE"]).DatabaseWrapper
        connections["shop"] = wrapper(connections.settings["shop"], "shop")
        try:
            with self.installed(f"adopting.{self.app}", self.project) as models:
                yield models
        finally:
            connections["shop"].close()
            del connections["shop"]

    def refresh(self, *words: str, answer: str | None = None) -> str:
        out = StringIO()
        with (
            self.in_project(),
            patch("sys.stdin", Terminal() if answer is not None else StringIO()),
            patch("builtins.input", lambda question: answer),
        ):
            call_command("adopt_legacy", "shop", "--refresh", *words, stdout=out, stderr=StringIO())
        return out.getvalue()

    def drift(self) -> str:
        out = StringIO()
        with self.in_project(), suppress(CommandError):
            call_command("check_legacy_models", "shop", stdout=out)
        return out.getvalue()

    def text(self, name: str) -> str:
        return (self.project / "adopting" / self.app / name).read_text()

    def write(self, text: str, name: str = "models.py") -> None:
        (self.project / "adopting" / self.app / name).write_text(text)


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class Refresh(RefreshCase):
    def test_what_the_owner_writes_survives_any_number_of_them(self) -> None:
        self.begin(FIRST)
        self.write(MODELS)
        self.refresh("--yes")
        for column in ("a", "b", "c"):
            self.make(FIRST.replace("city", f"{column} integer, city"))
            said = self.refresh("--yes")
            self.assertIn(f"+    {column} = models.", said)
            self.assertEqual(self.text("models.py"), MODELS)
            self.assertIn("No drift in shop", self.drift())
            with self.in_project() as models:
                by_name = {model.__name__: model for model in models}
                self.assertEqual([*by_name], ["Client", "Order", "OrderToCheck", "Visit"])
                client, order, visit = by_name["Client"], by_name["Order"], by_name["Visit"]
                client.objects.create(id=1, first_name="Ada", city="Rome")
                order.objects.create(id=1, customer_no=client.objects.get(), total=0)
                visit.objects.create(id=1, client_id=1)
                self.assertEqual(
                    visit.objects.get(client__first_name="Ada").client.visits.count(), 1
                )
                self.assertEqual(client.objects.get(order__total=0).greeting(), "Hello Ada")
                self.assertEqual(by_name["OrderToCheck"].open.count(), 0)
                self.assertEqual(client._meta.ordering, ["first_name"])
                self.assertFalse(client._meta.managed)

    def test_a_difference_is_shown_and_asked_for(self) -> None:
        self.begin(FIRST)
        before = self.tree()
        self.assertIn("nothing was changed", self.refresh())
        self.refresh("--check")
        self.make(FIRST + "create table refunds (id integer primary key);")
        for words, answer, said in (
            (["--check"], None, "run python manage.py adopt_legacy shop --refresh"),
            ([], None, "add --yes"),
            ([], "n", "Nothing was changed"),
        ):
            with self.subTest(said), self.assertRaisesMessage(CommandError, said):
                self.refresh(*words, answer=answer)
            self.assertEqual(self.tree(), before)
        self.assertIn("+class Refund(generated.Refund):", self.refresh(answer="y"))
        self.assertTrue(
            self.text("models.py").endswith("class Refund(generated.Refund):\n    pass\n")
        )
        self.assertEqual(
            self.text("models.py").partition("\n\n\nclass Refund(")[0],
            before["adopting/shop/models.py"].rstrip("\n"),
        )

    def test_a_project_that_would_not_stand_stays_as_it_was(self) -> None:
        self.begin(FIRST)
        self.make(FIRST + "create table refunds (id integer primary key);")
        (self.project / "manage.py").write_text("import sys; sys.exit('it has fallen')")
        before = self.tree()
        with self.assertRaisesRegex(CommandError, "(?s)Nothing was changed.*it has fallen"):
            self.refresh("--yes")
        self.assertEqual(self.tree(), before)

    def test_a_table_that_is_gone_keeps_its_class_until_the_owner_takes_it_away(self) -> None:
        self.begin(FIRST)
        self.make(CUSTOMERS + ORDERS.partition("create table visits")[0])
        self.refresh("--yes")
        self.assertIn("visits", self.drift())
        self.assertIn("class Visit(models.Model):", self.text("generated.py"))
        self.assertIn("nothing was changed", self.refresh())
        self.write(self.text("models.py").replace("class Visit(generated.Visit):\n    pass\n", ""))
        self.refresh("--yes")
        self.assertNotIn("Visit", self.text("generated.py"))
        self.assertIn("No drift in shop", self.drift())

    def test_a_name_of_a_column_that_is_gone_is_the_owners_to_remove(self) -> None:
        self.begin(FIRST)
        named = (
            "class Customer(generated.Customer):\n    _NAMES = {'nm1': 'name', 'city': 'town'}\n"
        )
        self.write(
            self.text("models.py").replace("class Customer(generated.Customer):\n    pass\n", named)
        )
        self.make(FIRST.replace(" nm1 varchar(20),", ""))
        self.refresh("--yes")
        self.assertIn("No drift in shop", self.drift())
        before = self.tree()
        said = "shop.Customer._NAMES names a column 'nm1', which its table does not have. Remove it"
        with self.assertRaisesMessage(CommandError, said):
            self.refresh("--yes")
        self.assertEqual(self.tree(), before)
        self.write(self.text("models.py").replace("'nm1': 'name', ", ""))
        self.refresh("--yes")
        self.assertIn('town = models.CharField(db_column="city"', self.text("generated.py"))

    def test_a_class_that_the_owner_takes_away_does_not_come_back(self) -> None:
        self.begin(FIRST)
        self.write(
            self.text("models.py").replace("class Customer(generated.Customer):\n    pass\n", "")
        )
        self.refresh("--yes")
        self.assertIn("customer_no_id = models.", self.text("generated.py"))
        self.assertIn("No drift in shop", self.drift())
        self.assertIn("nothing was changed", self.refresh())
        self.write(self.text("models.py") + "\n\nclass Customer(generated.Customer):\n    pass\n")
        self.refresh("--yes")
        self.assertIn("customer_no = models.ForeignKey(", self.text("generated.py"))

    def test_the_app_is_known(self) -> None:
        type(self).app, before = "records", self.app
        self.addCleanup(setattr, type(self), "app", before)
        self.begin(FIRST)
        self.assertIn("nothing was changed", self.refresh())

    def test_a_meta_that_does_not_extend_that_of_the_table_is_found(self) -> None:
        self.begin(FIRST)
        found = {}
        for bases in ("", "(generated.Customer.Meta)"):
            self.write(
                f"from . import generated\n\n\nclass Customer(generated.Customer):\n"
                f"    class Meta{bases}:\n        ordering = ['id']\n"
            )
            with self.in_project():
                config = apps.get_app_config("shop")
                found[bases] = [each.id for each in check_legacy_tables([config])]
        self.assertEqual(found, {"": ["manydb.E401"], "(generated.Customer.Meta)": []})

    def test_a_relation_may_take_the_place_of_what_stands_in_for_a_key(self) -> None:
        self.begin(CUSTOMERS + "create table calls (customer_no integer, said varchar(9));")
        mine = self.text("models.py").replace(
            "class Call(generated.Call):\n    pass\n",
            "class Call(generated.Call):\n    customer_no = None\n    caller = models.ForeignKey(\n"
            "        'Customer', models.DO_NOTHING, db_column='customer_no', null=True)\n",
        )
        self.write(mine.replace("from .", "from django.db import models\n\nfrom .", 1))
        for _ in range(2):
            with self.in_project() as models:
                by_name = {model.__name__: model for model in models}
                by_name["Customer"].objects.create(id=1, city="Rome").delete()
                self.assertEqual(list(by_name["Call"].objects.filter(caller__city="Rome")), [])
                self.assertEqual(by_name["Call"]._meta.pk.column, "said")
            self.assertIn("No drift in shop", self.drift())
            self.refresh("--yes")

    def test_a_field_in_place_of_the_key_is_to_be_the_key(self) -> None:
        self.begin(FIRST)
        found = {}
        for more in ("", ", primary_key=True"):
            self.write(
                "from django.db import models\n\nfrom . import generated\n\n\nclass Visit(generated.Visit):\n"
                f"    id = None\n    no = models.IntegerField(db_column='id'{more})\n"
            )
            with self.in_project():
                found[more] = check_legacy_tables([apps.get_app_config("shop")])
        self.assertEqual([each.id for each in found[""]], ["manydb.E402"])
        self.assertIn("Add primary_key=True to your own field of id", str(found[""][0].hint))
        self.assertEqual(found[", primary_key=True"], [])

    def test_a_new_table_takes_no_name_that_the_owner_has_given(self) -> None:
        self.begin(FIRST)
        self.write(MODELS)
        more = "open_orders", "order_to_check"
        self.make(FIRST + "".join(f"create table {it} (id integer primary key);" for it in more))
        self.refresh("--yes")
        text = self.text("models.py")
        self.assertTrue(text.startswith(MODELS))
        new = re.findall(r"^class (\w+)", text[len(MODELS) :], re.MULTILINE)
        self.assertEqual(new, ["OpenOrder", "OrderToCheck2"])
        with self.in_project() as models:
            self.assertEqual(len(models), 6)

    def test_the_models_may_be_several_modules(self) -> None:
        self.begin(FIRST)
        first = self.text("models.py").replace("from . import", "from .. import")
        (self.project / "adopting" / self.app / "models.py").unlink()
        (self.project / "adopting" / self.app / "models").mkdir()
        self.write(first, "models/first.py")
        self.write("from .first import Customer, Order, Visit\n", "models/__init__.py")
        self.make(FIRST + "create table refunds (id integer primary key);")
        self.refresh("--yes")
        self.assertEqual(self.text("models/first.py"), first)
        with self.in_project() as models:
            names = sorted(model.__name__ for model in models)
        self.assertEqual(names, ["Customer", "Order", "Refund", "Visit"])

    def test_names_that_can_not_be_are_refused(self) -> None:
        self.begin(FIRST)
        for names, said in (
            ('{"nm2": "name"}', "a column 'nm2'"),
            ('{"nm1": "class"}', "'class' can't name a field"),
            ('{"nm1": "First Name"}', "'First Name' can't name a field"),
            ('{"nm1": "name", "city": "name"}', "one name to two columns"),
        ):
            lines = f"class Customer(generated.Customer):\n    _NAMES = {names}\n"
            self.write(MODELS.partition("class Client")[0] + lines)
            with self.subTest(names), self.assertRaisesMessage(CommandError, said):
                self.refresh("--yes")


class Names(RefreshCase):
    def test_a_table_keeps_its_class_and_a_column_its_field_whatever_appears(self) -> None:
        first = """
            create table order_items (id integer primary key, Unit integer, album_id integer,
                foreign key (album_id) references albums (id));
        """
        if self.engine == "postgresql":
            first = first.replace("Unit", '"Unit"')
        albums = "create table albums (id integer primary key, title varchar(9));"
        self.begin(albums + first)
        more = "a_unit integer, cover_id integer, foreign key (cover_id) references albums (id), foreign key"
        if self.engine == "postgresql":  # which tells names apart by their case
            more = more.replace("a_unit", "unit")
        later = first.replace("foreign key", more, 1)
        self.make(albums + later + "create table order_item (id integer primary key);")
        self.refresh("--yes")
        with self.in_project() as models:
            by_table = {model._meta.db_table: model for model in models}
            items, album = by_table["order_items"], by_table["albums"]
            self.assertEqual(items.__name__, "OrderItem")
            self.assertEqual(items._meta.get_field("unit").column, "Unit")
            self.assertEqual(items._meta.get_field("album").related_model, album)
            self.assertTrue(hasattr(album, "orderitem_set"))
        self.assertIn("No drift in shop", self.drift())

    def test_a_table_of_another_schema_takes_no_name_away(self) -> None:
        """Only PostgreSQL has schemas; elsewhere it is another table."""
        names = {"postgresql": ("hr.employee", "archive.employee")}
        ours, other = names.get(self.engine, ("hr_employee", "archive_hr_employee"))
        schemas = {"postgresql": "create schema hr; create schema archive;"}
        sql = schemas.get(self.engine, "") + f"create table {ours} (id integer primary key);"
        self.begin(sql)
        first = self.text("models.py")
        self.make(sql + f"create table {other} (id integer primary key);")
        self.refresh("--yes")
        self.assertTrue(self.text("models.py").startswith(first))
        kept = "Employee" if "." in ours else "HrEmployee"
        base = self.text("generated.py").partition(f"class {kept}(")[2].partition("\n\n\nclass ")[0]
        self.assertIn("hr", base)
        self.assertNotIn("archive", base)
        self.assertIn("No drift in shop", self.drift())

    def test_classes_are_singular_without_what_all_tables_begin_with(self) -> None:
        self.assert_named([], ["Address", "Category", "OrderStatus", "Person"], "Voucher")

    def test_a_prefix_can_be_kept(self) -> None:
        names = ["OcAddress", "OcCategory", "OcOrderStatus", "OcPerson"]
        self.assert_named(["--prefix="], names, "OcVoucher")

    def test_classes_can_be_named_as_tables(self) -> None:
        names = ["Addresses", "Categories", "OrderStatus", "People"]
        self.assert_named(["--class-names=table"], names, "Vouchers")

    def assert_named(self, words: list[str], classes: list[str], new: str) -> None:
        sql = "".join(
            f"create table {name} (id integer primary key);"
            for name in ("oc_categories", "oc_order_status", "oc_addresses", "oc_people")
        )
        self.begin(sql, *words)
        with self.in_project() as models:
            self.assertEqual(sorted(model.__name__ for model in models), classes)
            plurals = " ".join(str(model._meta.verbose_name_plural) for model in models)
            for plural in ("categories", "order statuses", "addresses", "people"):
                self.assertIn(plural, plurals)
        # A new table is named as those before it.
        self.make(sql + "create table oc_vouchers (id integer primary key);")
        self.refresh("--yes")
        self.assertIn(f"class {new}(generated.{new})", self.text("models.py"))

    def test_the_heading_of_the_app(self) -> None:
        self.begin(FIRST, "--title", 'The "web" shop')
        with self.in_project():
            self.assertEqual(apps.get_app_config("shop").verbose_name, 'The "web" shop')


class Traps(AtticCase):
    """Of a database full of traps, a refresh changes nothing as long as its tables are as they were."""

    def test_a_second_one_writes_the_same(self) -> None:
        self.make_traps()
        self.enterContext(override_settings(BASE_DIR=self.folder, ROOT_URLCONF=""))
        options = {"app": "attic", "stdout": StringIO(), "stderr": StringIO()}
        call_command("inspect_legacy", "attic", **options)
        with self.installed() as models:
            self.assertGreater(len(models), 20)
            config = apps.get_app_config("attic")
            found = [each for each in run_checks([config]) if each.level >= ERROR]
            self.assertEqual([each for each in found if "attic" in str(each)], [])
            call_command("inspect_legacy", "attic", check=True, **options)
            self.assertNotIn("---", options["stdout"].getvalue())
            for model in models:
                list(model._default_manager.all()[:5])
            call_command("check_legacy_models", "attic", stdout=options["stdout"])
        self.assertIn("No drift in attic.", options["stdout"].getvalue())
