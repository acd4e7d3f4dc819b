"""The base of these tests: several databases, and nothing left in them after each test."""

from django.test import TestCase

from engine.tests.active import DB, in_testclient


class LegacyTestCase(TestCase):
    """``TestCase`` opens a transaction on every database named here, and rolls each back."""

    databases = {"default", "accounts", DB}

    @classmethod
    def setUpClass(cls) -> None:
        cls.enterClassContext(in_testclient())  # for setUpTestData() as well
        super().setUpClass()
