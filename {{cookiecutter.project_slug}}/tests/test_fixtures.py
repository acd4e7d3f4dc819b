"""Fixtures in a tenant's database."""

from pathlib import Path

from django.test import TestCase
from manydb.testing import load_fixture

from .models import Note, OldNote


class Fixtures(TestCase):
    """``load_fixture`` loads into one database, of unmanaged models as well."""

    databases = {"TESTCLIENT", "OTHERCLIENT"}

    @classmethod
    def setUpTestData(cls) -> None:
        path = Path(__file__).parent / "fixtures" / "notes.json"
        cls.loaded = load_fixture(path, using="TESTCLIENT")

    def test_every_object_is_in_the_named_database(self) -> None:
        self.assertEqual(self.loaded, 3)
        self.assertEqual(Note.objects.using("TESTCLIENT").get().tags.get().name, "urgent")
        self.assertEqual(OldNote.objects.using("TESTCLIENT").get().text, "Buy plants")

    def test_and_in_no_other(self) -> None:
        self.assertFalse(Note.objects.using("OTHERCLIENT").exists())
        self.assertFalse(OldNote.objects.using("OTHERCLIENT").exists())
