"""The bases of these tests: several databases, and nothing left in them after each test."""

from django.apps import apps
from django.db import connections
from django.test import TestCase, TransactionTestCase
from manydb.core.routing import PER_TENANT, home_of

from .tenant import DB, in_testclient

DATABASES = {"default", "accounts", DB}


class LegacyTestCase(TestCase):
    """``TestCase`` opens a transaction on every database named here, and rolls each back.

    Replicas need no naming.
    """

    databases = DATABASES

    @classmethod
    def setUpClass(cls) -> None:
        cls.enterClassContext(in_testclient())  # for setUpTestData() as well
        super().setUpClass()


class CommittingTestCase(TransactionTestCase):
    """For what only a real COMMIT shows. Django empties the tables of managed models only."""

    databases = DATABASES

    def setUp(self) -> None:
        self.enterContext(in_testclient())
        self.addCleanup(empty_legacy_tables)


def empty_legacy_tables() -> None:
    for model in apps.get_models():
        alias = DB if home_of(model) == PER_TENANT else home_of(model)
        if alias in DATABASES and not model._meta.managed:
            with connections[alias].cursor() as cursor:
                table = connections[alias].ops.quote_name(model._meta.db_table)
                cursor.execute(f"DELETE FROM {table}")
