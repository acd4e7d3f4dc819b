"""Pitfall 1, forgetting to name the database: nobody guesses one, and the error says how to name it."""

from django.core.checks import run_checks
from django.db import models, router
from django.test import TestCase
from django.test.utils import isolate_apps
from manydb.exceptions import DatabaseRequired, UnknownDatabase

from ..models import Announcement, Note


class ForgottenDatabase(TestCase):
    databases = {"default", "TESTCLIENT"}

    def test_a_query_for_a_tenants_model_asks_for_a_database(self) -> None:
        with self.assertRaisesRegex(DatabaseRequired, r'tests\.Note .*\.using\("'):
            Note.objects.exists()

    def test_so_does_a_new_object(self) -> None:
        with self.assertRaisesRegex(DatabaseRequired, r'tests\.Note .*\.using\("'):
            Note(text="Whose?").save()

    def test_so_does_its_table_of_many_to_many_keys(self) -> None:
        with self.assertRaises(DatabaseRequired):
            Note.tags.through.objects.exists()

    def test_naming_one_is_enough(self) -> None:
        note = Note.objects.using("TESTCLIENT").create(text="Ours")
        note.text = "Still ours"
        note.save()
        self.assertEqual(Note.objects.using("TESTCLIENT").get().text, "Still ours")

    def test_a_model_of_one_database_needs_none(self) -> None:
        self.assertEqual(Announcement.objects.create(text="To all")._state.db, "default")

    @isolate_apps("tests", kwarg_name="isolated")
    def test_a_misspelt_database_is_found_by_check(self, isolated) -> None:
        class Misspelt(models.Model):
            _DATABASE = "defualt"

        found = run_checks([isolated.get_app_config("tests")], databases=[])
        self.assertIn(("manydb.E001", Misspelt), [(message.id, message.obj) for message in found])
        with self.assertRaisesRegex(UnknownDatabase, "defualt"):
            router.db_for_read(Misspelt)
