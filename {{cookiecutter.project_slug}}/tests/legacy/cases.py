"""The bases of these tests: several databases, and nothing left in them after each test."""

from django.test import TestCase
from manydb.testing import LegacyTransactionTestCase

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


class CommittingTestCase(LegacyTransactionTestCase):
    """For what only a real COMMIT shows. Afterwards the tables are emptied, legacy tables as well."""

    databases = DATABASES

    def setUp(self) -> None:
        self.enterContext(in_testclient())
