"""Pitfall 6, databases that a test does not declare: the error says which name to add.

``TestCase`` is enough for several databases, and rolls all of them back.
"""

from django.test import TestCase
from django.test.testcases import DatabaseOperationForbidden

from ..models import Note


class Undeclared(TestCase):
    def test_the_error_names_what_to_add(self) -> None:
        with self.assertRaisesRegex(DatabaseOperationForbidden, "Add 'TESTCLIENT' to .*databases"):
            Note.objects.using("TESTCLIENT").create(text="Nowhere")


class Declared(TestCase):
    databases = {"TESTCLIENT"}  # without "default", which need not exist for this

    def test_the_declared_database_can_be_used(self) -> None:
        Note.objects.using("TESTCLIENT").create(text="Here")
        self.assertTrue(Note.objects.using("TESTCLIENT_RO").exists())

    def test_default_is_undeclared_then(self) -> None:
        with self.assertRaises(DatabaseOperationForbidden):
            Note.objects.using("default").exists()
