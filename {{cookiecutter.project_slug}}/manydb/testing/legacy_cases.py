"""Test cases that leave nothing in the tables of legacy models."""

from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connections
from django.test import TransactionTestCase

from manydb.core.routing import PER_TENANT, facts, home_of


class LegacyTransactionTestCase(TransactionTestCase):
    """``TransactionTestCase`` that also empties the tables of unmanaged models after each test.

    Django empties the tables of managed models only. ``TestCase`` needs nothing of the kind: it rolls back.
    """

    def run(self, result: Any = None) -> Any:
        self.addCleanup(
            self._empty_unmanaged_tables
        )  # the first of all cleanups, so the last to be done
        return super().run(result)

    def _empty_unmanaged_tables(self) -> None:
        for alias in connections if self.databases == "__all__" else self.databases:
            if not facts(alias).get("REPLICA_OF"):
                empty_unmanaged_tables(alias)


def empty_unmanaged_tables(alias: str) -> None:
    """Deletes all rows of the unmanaged models that live in this database."""
    connection = connections[alias]
    home = PER_TENANT if facts(alias).get("TENANT") else alias
    tables = [
        model._meta.db_table
        for model in apps.get_models()
        if not (model._meta.managed or model._meta.proxy) and home_of(model) == home
    ]
    if tables:
        connection.ops.execute_sql_flush(
            connection.ops.sql_flush(no_style(), tables, allow_cascade=True)
        )
