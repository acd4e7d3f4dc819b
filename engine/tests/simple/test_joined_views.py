"""Where one server has an adopted database and the project's own, a view joins their rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.migrations.state import ProjectState
from django.db.models import Avg

from engine.tests.simple.test_refresh import RefreshCase
from manydb.legacy import views

SHOP = """
create table customers (id integer primary key, name varchar(20), joined date);
insert into customers values (1, 'Ada', '2021-03-28'), (2, null, null), (7, 'Zoë', '1999-12-31');
"""
OWN = """

class ShopCustomer(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=20, null=True)

    class Meta:
        managed = False
        db_table = "shop_customer"


class Review(models.Model):
    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(ShopCustomer, models.DO_NOTHING, db_constraint=False)
    stars = models.IntegerField()
"""


class JoinedViews(RefreshCase):
    def setUp(self) -> None:
        super().setUp()
        self.begin(SHOP)
        lines = self.text("models.py").replace(
            "from . import", "from django.db import models\n\nfrom . import"
        )
        self.write(lines + OWN)

    @contextmanager
    def made(self, *, by_tests: bool = False) -> Iterator[dict[str, Any]]:
        """The models by name, with the view, unless Django's test database is told from others."""
        operation = views.LegacyView("ShopCustomer", "shop.Customer")
        own = connections["default"]
        with (
            self.in_project() as models,
            patch.object(views, "is_test_database", lambda connection: by_tests),
        ):
            by_name: dict[str, Any] = {model.__name__: model for model in models}
            state = ProjectState.from_apps(by_name["Customer"]._meta.apps)
            with own.schema_editor() as editor:
                operation.database_forwards("shop", editor, state, state)
                editor.create_model(by_name["Review"])
            try:
                yield by_name
            finally:
                with own.schema_editor() as editor:
                    editor.delete_model(by_name["Review"])
                    operation.database_backwards("shop", editor, state, state)
            self.assertNotIn("shop_customer", own.introspection.table_names(include_views=True))

    def in_one_database(self) -> None:
        """PostgreSQL joins schemas, so the shop moves into one of the project's own database."""
        own = connections["default"]
        with own.cursor() as cursor:
            cursor.execute(f"create schema old; set search_path to old; {SHOP}; reset search_path")
        self.addCleanup(self.drop_schema)
        options = {"options": "-c search_path=old"}
        connections.settings["shop"] |= {"NAME": own.settings_dict["NAME"], "OPTIONS": options}

    def drop_schema(self) -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute("drop schema old cascade")

    def test_queries_join_both_sides(self) -> None:
        if self.engine == "sqlite":
            return  # its files are apart, which the next test is about
        if self.engine == "postgresql":
            self.in_one_database()
        with self.made() as models:
            review, customer = models["Review"], models["ShopCustomer"]
            for key, stars in ((1, 5), (1, 2), (7, 3)):
                review.objects.create(customer_id=key, stars=stars)
            models["Customer"].objects.filter(pk=7).update(name="Zoe")
            self.assertEqual(
                [
                    row.customer.name
                    for row in review.objects.select_related("customer").order_by("pk")
                ],
                ["Ada", "Ada", "Zoe"],
            )
            self.assertEqual(review.objects.filter(customer__name="Ada").count(), 2)
            self.assertEqual(customer.objects.get(review__stars=3).pk, 7)
            means = customer.objects.annotate(mean=Avg("review__stars")).order_by("pk")
            self.assertEqual([row.mean for row in means], [3.5, None, 3])

    def test_an_empty_table_stands_in_for_it_in_tests_and_on_sqlite(self) -> None:
        with self.made(by_tests=True) as models:
            customer = models["ShopCustomer"].objects.create(id=4, name="of a test")
            models["Review"].objects.create(customer=customer, stars=1)
            self.assertEqual(models["Review"].objects.get(customer__name="of a test").stars, 1)
        self.assertEqual(self.names(), ["Ada", "Zoë"])

    def names(self) -> list[str]:
        with self.in_project() as models:
            rows = next(model for model in models if model.__name__ == "Customer").objects
            return list(rows.exclude(name=None).order_by("pk").values_list("name", flat=True))

    def test_what_no_statement_reaches_is_refused(self) -> None:
        if self.engine == "sqlite":
            return
        if self.engine == "mysql":
            connections.settings["shop"]["HOST"] = "elsewhere"
        said = "shop and default are not on one server"
        with self.assertRaisesMessage(ImproperlyConfigured, said), self.made():
            pass
