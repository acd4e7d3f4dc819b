"""Queries on awkward tables: a composite key, reserved words, keys without constraints."""

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from {{ cookiecutter.project_slug }}.conferences.models import (
    Abstract,
    AbstractAuthor,
    Conference,
    CustomField,
    Person,
    Registration,
)

from .cases import LegacyTestCase
from .tenant import DB


class LegacyModels(LegacyTestCase):
    conference: Conference
    person: Person
    abstract: Abstract

    @classmethod
    def setUpTestData(cls) -> None:
        cls.conference = Conference.objects.using(DB).create(code="TIDES", name="Tides")
        cls.person = Person.objects.using(DB).create(pid=7, first_name="Sarah")
        cls.abstract = Abstract.objects.using(DB).create(id=1, conference=cls.conference)

    def test_a_composite_key_is_a_pair(self) -> None:
        author = AbstractAuthor.objects.using(DB).create(abstract=self.abstract, person=self.person)
        self.assertEqual(author.pk, (1, 7))
        self.assertEqual(AbstractAuthor.objects.using(DB).get(pk=(1, 7)).person, self.person)

    def test_a_pair_exists_once(self) -> None:
        AbstractAuthor.objects.using(DB).create(abstract=self.abstract, person=self.person)
        with self.assertRaises(IntegrityError), transaction.atomic(using=DB):
            AbstractAuthor.objects.using(DB).create(abstract=self.abstract, person=self.person)

    def test_reserved_words_can_be_filtered_and_ordered_by(self) -> None:
        for number, key in enumerate(["diet", "boat"]):
            CustomField.objects.using(DB).create(
                id=number, conference=self.conference, key=key, group="meals", order=2 - number
            )
        fields = self.conference.custom_fields.filter(group="meals").order_by("order")
        self.assertEqual([field.key for field in fields], ["boat", "diet"])

    def test_a_row_may_point_to_a_conference_that_its_own_system_deleted(self) -> None:
        Registration.objects.using(DB).create(conference_id="GONE", email="a@example.com")
        self.assertFalse(Conference.objects.using(DB).filter(code="GONE").exists())

    def test_a_conference_with_registrations_is_not_deleted_through_django(self) -> None:
        Registration.objects.using(DB).create(conference=self.conference, email="a@example.com")
        with self.assertRaises(ProtectedError):
            self.conference.delete()
