"""Pitfall 2, relations across databases: ``check`` finds them in models, the router in objects."""

from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, run_checks
from django.db import models
from django.test import TestCase
from django.test.utils import isolate_apps
from manydb.models import TenantModel

from ..models import Folder, Note


def relations_found(app_configs) -> list[CheckMessage]:
    """What ``python manage.py check`` finds of this kind."""
    found = run_checks(app_configs, databases=[])
    return [message for message in found if message.id == "manydb.E002"]


class CrossDatabaseRelation(TestCase):
    databases = {"default", "TESTCLIENT", "OTHERCLIENT"}

    @isolate_apps("tests", kwarg_name="isolated")
    def test_check_finds_a_foreign_key_into_another_database(self, isolated) -> None:
        class Receipt(TenantModel):
            user = models.ForeignKey(get_user_model(), models.CASCADE)  # in default
            folder = models.ForeignKey(Folder, models.CASCADE)  # in the same database

        (found,) = relations_found([isolated.get_app_config("tests")])
        self.assertEqual((found.id, found.obj.name), ("manydb.E002", "user"))

    @isolate_apps("tests", kwarg_name="isolated")
    def test_check_finds_a_many_to_many_relation_into_another_database(self, isolated) -> None:
        class Meeting(TenantModel):
            users = models.ManyToManyField(get_user_model())

        found = relations_found([isolated.get_app_config("tests")])
        self.assertIn("users", {message.obj.name for message in found})

    def test_check_finds_nothing_in_this_project(self) -> None:
        self.assertEqual(relations_found(None), [])

    def test_objects_of_two_tenants_are_not_related_either(self) -> None:
        theirs = Folder.objects.using("OTHERCLIENT").create(name="Theirs")
        ours = Note.objects.using("TESTCLIENT").create(text="Ours")
        with self.assertRaises(ValueError):
            ours.folder = theirs

    def test_a_reference_holds_the_key_and_reads_the_object(self) -> None:
        user = get_user_model().objects.create_user("ada")
        Note.objects.using("TESTCLIENT").create(text="Hers", author=user)
        note = Note.objects.using("TESTCLIENT").get(author=user)
        self.assertEqual((note.author_id, note.author), (user.pk, user))
