"""From reading to writing: an account for it, and tables that become managed models without losing a row."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import StringIO
from typing import Any

from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import Error, connections

from engine.tests.simple.test_refresh import RefreshCase
from manydb.core.exceptions import ReadOnlyDatabase

SHOP = """
create table customers (id integer primary key, name varchar(20), joined date);
create table visits (customer_id integer not null, number integer not null, note varchar(20),
    primary key (customer_id, number), foreign key (customer_id) references customers (id));
create view named as select id, name from customers where name is not null;
insert into customers values (1, 'Ada', '2021-03-28'), (2, null, null), (7, 'Zoë', '1999-12-31');
insert into visits values (1, 1, 'first'), (1, 2, null), (7, 1, 'x');
"""
OWN = """

class OwnCustomer(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=20, null=True)
    joined = models.DateField(null=True)


class OwnVisit(models.Model):
    pk = models.CompositePrimaryKey("customer_id", "number")
    customer = models.ForeignKey(OwnCustomer, models.CASCADE)
    number = models.IntegerField()
    note = models.CharField(max_length=20, null=True)


class Short(models.Model):
    id = models.BigAutoField(primary_key=True)
"""


class Copying(RefreshCase):
    @contextmanager
    def moving(self) -> Iterator[dict[str, Any]]:
        """The models by name; those of our own have their tables in ``default``."""
        with self.in_project() as models:
            by_name = {model.__name__: model for model in models}
            own = [by_name["OwnCustomer"], by_name["OwnVisit"]]
            with connections["default"].schema_editor() as editor:
                for model in own:
                    editor.create_model(model)
            try:
                yield by_name
            finally:
                with connections["default"].schema_editor() as editor:
                    for model in reversed(own):
                        editor.delete_model(model)

    def copy(self, source: str, target: str) -> str:
        out = StringIO()
        call_command("copy_legacy_rows", f"shop.{source}", f"shop.{target}", stdout=out)
        return out.getvalue()

    def setUp(self) -> None:
        super().setUp()
        self.begin(SHOP)
        models = self.text("models.py").replace(
            "from . import", "from django.db import models\n\nfrom . import"
        )
        self.write(models + OWN)

    def test_all_rows_arrive_and_later_changes_follow(self) -> None:
        with self.moving() as models:
            self.assertIn("3 rows: 3 are new, 0 were", self.copy("Customer", "OwnCustomer"))
            self.assertIn("3 rows: 3 are new, 0 were", self.copy("Visit", "OwnVisit"))
            models["Customer"].objects.filter(pk=2).update(name="Bo")
            models["Customer"].objects.create(id=9, name="New")
            models["Visit"].objects.filter(number=2).update(note="later")
            self.assertIn("4 rows: 1 are new, 1 were", self.copy("Customer", "OwnCustomer"))
            self.assertIn("3 rows: 0 are new, 1 were", self.copy("Visit", "OwnVisit"))
            for one, other in (("Customer", "OwnCustomer"), ("Visit", "OwnVisit")):
                rows = [set(models[name].objects.values_list()) for name in (one, other)]
                self.assertEqual(rows[0], rows[1])
            self.assertGreater(models["OwnCustomer"].objects.create(name="next").pk, 9)

    def test_what_would_lose_something_is_refused(self) -> None:
        with self.moving() as models:
            self.copy("Customer", "OwnCustomer")
            models["OwnCustomer"].objects.create(id=5, name="ours")
            for source, target, said in (
                (
                    "Customer",
                    "OwnCustomer",
                    "has 4 rows and shop.Customer 3, so nothing was copied",
                ),
                ("Customer", "Short", "has no name, joined, so these values would be lost"),
                ("Named", "OwnCustomer", "has no key"),
                ("Visit", "OwnCustomer", "would be lost"),
                ("Customer", "Customer", "is not a managed model"),
                ("Customer", "Nothing", "There is no model 'shop.Nothing'"),
            ):
                with self.subTest(said), self.assertRaisesMessage(CommandError, said):
                    self.copy(source, target)


class Writing(RefreshCase):
    def test_one_step_leads_to_it(self) -> None:
        """The step is to take the mark away; what stays is that nothing is migrated there."""
        self.begin(SHOP)
        said = {}
        for read_only in (True, False):
            connections.settings["shop"]["READ_ONLY"] = read_only
            with self.in_project() as models:
                customer = next(model for model in models if model.__name__ == "Customer")
                try:
                    customer.objects.create(id=9, name="New")
                    said[read_only] = "written"
                except ReadOnlyDatabase:
                    said[read_only] = "refused"
                self.assertEqual(customer.objects.count(), 3 if read_only else 4)
                with self.assertRaises(CommandError):
                    call_command("migrate", database="shop", stdout=StringIO())
        self.assertEqual(said, {True: "refused", False: "written"})


class Accounts(RefreshCase):
    """The SQL is run as it is printed."""

    def account(self, *words: str) -> str:
        out = StringIO()
        with self.in_project():
            call_command("legacy_account", "shop", *words, stdout=out)
        return out.getvalue()

    def drop(self, *users: str) -> None:
        with connections["attic"].cursor() as cursor:
            for user in users:
                for statement in (f"drop owned by {user}", f"drop user {user}"):
                    with suppress(Error):
                        cursor.execute(statement)

    def test_it_can_do_what_the_models_need_and_nothing_else(self) -> None:
        serial = SHOP.replace("id integer primary key, name", "id serial primary key, name", 1)
        serial += "select setval('customers_id_seq', 100);"
        self.begin(serial if self.engine == "postgresql" else SHOP)
        if self.engine == "sqlite":
            with self.assertRaisesMessage(CommandError, "A SQLite file has no accounts"):
                self.account()
            return
        self.addCleanup(self.drop, "shop_reader", "shop_writer")
        self.drop("shop_reader", "shop_writer")
        done = {}
        for user, words in (("shop_reader", []), ("shop_writer", ["--writing"])):
            connections.settings["shop"]["READ_ONLY"] = not words
            sql = self.account(*words)
            with connections["attic"].cursor() as cursor:
                for line in re.findall(r"^(?!--)(.+);$", sql, re.MULTILINE):
                    cursor.execute(line)
            connections["attic"].close()
            connections.settings["shop"] |= {
                "USER": user,
                "PASSWORD": "PASSWORD",
                "READ_ONLY": False,  # it is for the server to refuse
            }
            done[user] = self.tried()
        reader, writer = done["shop_reader"], done["shop_writer"]
        self.assertEqual(reader, {"read": "done", "create": "refused", "alter": "refused"})
        self.assertEqual(writer, {"read": "done", "create": "done", "alter": "refused"})

    def tried(self) -> dict[str, str]:
        def read() -> None:
            for model in apps.get_app_config("shop").get_models():
                list(model._default_manager.all())

        def create() -> None:
            customer = apps.get_model("shop", "Customer")
            customer.objects.create(**({} if self.engine == "postgresql" else {"id": 50}), name="x")
            customer.objects.filter(name="x").delete()

        def alter() -> None:
            with connections["shop"].cursor() as cursor:
                cursor.execute("create table more (id int)")

        found = {}
        with self.in_project():
            for name, action in {"read": read, "create": create, "alter": alter}.items():
                try:
                    action()
                    found[name] = "done"
                except Error:
                    found[name] = "refused"
        return found
