"""Fixtures in a tenant's database, of legacy models and of ours alike."""

from pathlib import Path

from manydb.testing import load_fixture

from {{ cookiecutter.project_slug }}.conferences.models import Person, Registration

from .cases import LegacyTestCase
from .tenant import DB


class Fixtures(LegacyTestCase):
    loaded: int

    @classmethod
    def setUpTestData(cls) -> None:
        cls.loaded = load_fixture(Path(__file__).parent / "fixtures" / "people.json", using=DB)

    def test_every_object_is_in_the_tenants_database(self) -> None:
        self.assertEqual(self.loaded, 3)
        self.assertEqual(Person.objects.using(DB).get(pid=123823).first_name, "Sarah")

    def test_relations_hold_inside_it(self) -> None:
        registration = Registration.objects.using(DB).get(email="sarah@example.com")
        self.assertEqual(registration.conference.name, "Tides and Estuaries")
