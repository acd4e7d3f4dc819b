"""``check_legacy_models`` on this project's own legacy models."""

from dataclasses import replace
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.test import TestCase

from manydb.legacy.drift import Drift, drift
from manydb.legacy.introspect import introspect


class Drifts(TestCase):
    databases = {"default", "accounts"}

    def test_models_and_tables_agree(self) -> None:
        out = StringIO()
        call_command("check_legacy_models", "accounts", stdout=out)
        self.assertEqual(out.getvalue(), "No drift in accounts.\n")

    def setUp(self) -> None:
        self.connection = connections["accounts"]
        self.found = introspect(self.connection, rows=False)
        (self.accounts,) = (table for table in self.found.tables if table.label == "accounts")

    def drift_if(self, **changes: Any) -> list[Drift]:
        """Where the table of accounts had these attributes; no table at all if there are none."""
        tables = [table for table in self.found.tables if table != self.accounts]
        changed = [replace(self.accounts, **changes)] if changes else []
        return drift(self.connection, replace(self.found, tables=[*changed, *tables]))

    def test_each_difference_is_named(self) -> None:
        columns = {column.name: column for column in self.accounts.columns}
        del columns["NOTES"]
        columns["ACCOUNTNAME"] = replace(columns["ACCOUNTNAME"], nullable=False)
        self.assertEqual(
            [
                (row.column, row.what, row.model, row.live)
                for row in self.drift_if(columns=tuple(columns.values()))
            ],
            [
                ("ACCOUNTNAME", "null", "null", "not null"),
                ("NOTES", "column", "notes", "missing"),
            ],
        )
        gone = self.drift_if()
        self.assertEqual([(row.table, row.live) for row in gone], [("accounts", "missing")])

    def test_names_in_another_case_are_no_drift_but_on_postgresql(self) -> None:
        columns = [replace(column, name=column.name.lower()) for column in self.accounts.columns]
        rows = self.drift_if(columns=tuple(columns), primary_key=("acronym",))
        self.assertEqual(bool(rows), self.connection.vendor == "postgresql")
