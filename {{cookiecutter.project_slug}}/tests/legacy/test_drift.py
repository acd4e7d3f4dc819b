"""``check_legacy_models`` on this project's own legacy models."""

from dataclasses import replace
from io import StringIO

from django.core.management import call_command
from django.db import connections
from django.test import TestCase

from {{ cookiecutter.project_slug }}.databases.legacy.drift import drift
from {{ cookiecutter.project_slug }}.databases.legacy.introspect import introspect


class Drifts(TestCase):
    databases = {"default", "accounts"}

    def test_models_and_tables_agree(self) -> None:
        out = StringIO()
        call_command("check_legacy_models", "accounts", stdout=out)
        self.assertEqual(out.getvalue(), "No drift in accounts.\n")

    def test_each_difference_is_named(self) -> None:
        connection = connections["accounts"]
        found = introspect(connection, rows=False)
        tables = [table for table in found.tables if table.label != "accounts"]
        (accounts,) = (table for table in found.tables if table.label == "accounts")
        columns = {column.name: column for column in accounts.columns}
        del columns["NOTES"]
        columns["ACCOUNTNAME"] = replace(columns["ACCOUNTNAME"], nullable=False)
        changed = replace(accounts, columns=tuple(columns.values()))

        rows = drift(connection, replace(found, tables=[changed, *tables]))

        self.assertEqual(
            [(row.column, row.what, row.model, row.live) for row in rows],
            [
                ("ACCOUNTNAME", "null", "null", "not null"),
                ("NOTES", "column", "notes", "missing"),
            ],
        )
        gone = drift(connection, replace(found, tables=tables))
        self.assertEqual([(row.table, row.live) for row in gone], [("accounts", "missing")])
