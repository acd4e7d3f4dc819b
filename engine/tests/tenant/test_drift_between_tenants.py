"""Tenants whose tables differ from those of the rest are found."""

import json
from io import StringIO

from django.core.management import CommandError, call_command
from django.db import connections
from django.test import TransactionTestCase

from engine.site.conferences.models import AbstractAuthor
from manydb.core.ownership import IDENTITY_TABLE


class BetweenTenants(TransactionTestCase):
    """No server takes back what is done to a table, so the test does."""

    databases = {"default", "TESTCLIENT", "ACME", "GLOBEX"}

    def change(self, *statements: str) -> None:
        with connections["GLOBEX"].cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def restore(self) -> None:
        on = " on people" if connections["GLOBEX"].vendor == "mysql" else ""
        self.change(f"drop index one_name{on}")
        self.change("alter table people drop column nickname", "drop table extra")
        with connections["GLOBEX"].schema_editor() as editor:
            editor.create_model(AbstractAuthor)
            editor.deferred_sql.clear()

    def assert_alike(self) -> None:
        said = StringIO()
        try:
            call_command("check_legacy_models", "--tenants", stdout=said)
        except CommandError as error:
            self.fail(f"{error}\n{said.getvalue()}")
        self.assertTrue(said.getvalue().startswith("No drift in TESTCLIENT"), said.getvalue())

    def test_whether_they_say_whose_they_are_is_no_difference(self) -> None:
        columns = "(id smallint, tenant varchar(36), state varchar(20))"
        for statement in (
            f"create table if not exists {IDENTITY_TABLE} {columns}",
            f"drop table {IDENTITY_TABLE}",
        ):
            with self.subTest(statement):
                self.change(statement)
                self.assert_alike()

    def test_one_that_differs_is_named(self) -> None:
        self.assert_alike()
        self.change(
            "alter table people add column nickname varchar(9)",
            "create table extra (id int)",
            "create unique index one_name on people (nickname)",
            "drop table absauth",
        )
        self.addCleanup(self.restore)
        said = StringIO()
        with self.assertRaises(CommandError):
            call_command("check_legacy_models", "--tenants", "--json", stdout=said)
        rows = [tuple(row.values()) for row in json.loads(said.getvalue())]
        found = [row for row in rows if row[2] != "nickname"]
        self.assertEqual(
            found,
            [
                ("GLOBEX", "absauth", "", "table", "most tenants", "missing"),
                ("GLOBEX", "extra", "", "table", "most tenants", "extra"),
                ("GLOBEX", "people", "", "unique", "()", "(('nickname',),)"),
            ],
        )
        ((*column, kind),) = [row for row in rows if row[2] == "nickname"]
        self.assertEqual(column, ["GLOBEX", "people", "nickname", "column", "missing"])
        self.assertRegex(kind, r"^(var|character var)")
