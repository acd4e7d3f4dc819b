"""Queries on legacy tables: what they find, how many there are, and what awkward columns ask for."""

import datetime

from django.db import IntegrityError, connections, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from {{ cookiecutter.project_slug }}.accounts.models import Account
from {{ cookiecutter.project_slug }}.conferences.models import (
    Abstract,
    AbstractAuthor,
    Conference,
    CustomField,
    Person,
    Registration,
)
from {{ cookiecutter.project_slug }}.conferences.queries import (
    registered_emails,
    totals,
    with_programme,
    with_recent_registrations,
    with_sponsors,
)
from {{ cookiecutter.project_slug }}.conferences.querysets import ConferenceQuerySet

from .cases import LegacyTestCase
from .tenant import DB

DAY = datetime.date(2030, 5, 10)


def conference(code: str, first: object, last: object, **fields: object) -> Conference:
    fields = {"active": True, "date": first, "dateend": last} | fields
    return Conference.objects.using(DB).create(code=code, **fields)


class ByDate(LegacyTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        conference("PAST", "2030-05-01", "2030-05-09")
        conference("LASTDAY", "2030-05-01", "2030-05-10")
        conference("ONEDAY", "2030-05-10", None)
        conference("TOMORROW", "2030-05-11", "2030-05-12")
        conference("OFF", "2030-05-10", "2030-05-12", active=False)
        conference("UNKNOWN", "2030-05-10", "2030-05-12", active=None)
        conference("NODATES", None, None)

    def test_questions(self) -> None:
        conferences = Conference.objects.using(DB)
        for found, codes in [
            (conferences.current(DAY), {"LASTDAY", "ONEDAY"}),
            (conferences.upcoming(DAY), {"TOMORROW"}),
            (conferences.current_or_upcoming(DAY), {"LASTDAY", "ONEDAY", "TOMORROW"}),
        ]:
            with self.subTest(codes=codes):
                self.assertEqual({found.code for found in found}, codes)

    def test_today_is_the_day_where_the_users_are(self) -> None:
        # These two are 25 hours apart, so it is never the same day in both.
        for zone in ["Pacific/Kiritimati", "Pacific/Niue"]:
            with self.subTest(zone), timezone.override(zone):
                conference(zone[8:14], timezone.localdate(), None)
                found = Conference.objects.using(DB).current()
                self.assertEqual([found.code for found in found], [zone[8:14]])


class ByLength(LegacyTestCase):
    def test_dates_are_added_by_the_server_with_the_last_day_left_out(self) -> None:
        conference("THIRTY", "2030-01-01", "2030-01-31")
        conference("MORE", "2030-01-01", "2030-02-01")
        conference("OPEN", "2030-01-01", None)
        found = Conference.objects.using(DB).longer_than(30)
        self.assertEqual([found.code for found in found], ["MORE"])


class NumberOfQueries(LegacyTestCase):
    conferences: ConferenceQuerySet

    @classmethod
    def setUpTestData(cls) -> None:
        Account.objects.create(acronym="ESHT", accountname="Hydrology")
        Account.objects.create(acronym="NWPS", accountname="Peat")
        sarah = Person.objects.using(DB).create(pid=1, first_name="Sarah")
        for number, sponsor in enumerate(["ESHT", "NWPS", "ESHT", "GONE", None]):
            made = conference(f"C{number}", "2030-05-10", None, sponsor=sponsor)
            for email, age in [("old@example.com", 9), ("new@example.com", 0)]:
                made_at = timezone.now() - datetime.timedelta(days=age)
                made.registrations.create(email=email, created_at=made_at)
            abstract = Abstract.objects.using(DB).create(id=number, conference=made, status="A")
            AbstractAuthor.objects.using(DB).create(abstract=abstract, person=sarah)
        cls.conferences = Conference.objects.using(DB).order_by("code")

    def test_sponsors_of_many_conferences_are_one_query_to_each_database(self) -> None:
        with self.assertNumQueries(1, using=DB), self.assertNumQueries(1, using="accounts"):
            conferences = with_sponsors(self.conferences)
            sponsors = [conference.get_sponsor() for conference in conferences]
        names = [sponsor and sponsor.accountname for sponsor in sponsors]
        self.assertEqual(names, ["Hydrology", "Peat", "Hydrology", None, None])

    def test_a_sponsor_is_asked_for_once_and_again_after_a_change(self) -> None:
        made = self.conferences.get(code="C0")
        with self.assertNumQueries(1, using="accounts"):
            self.assertEqual(made.get_sponsor(), made.get_sponsor())
        made.sponsor = "NWPS"
        self.assertEqual(made.get_sponsor().accountname, "Peat")

    def test_recent_registrations_of_many_conferences_are_one_more_query(self) -> None:
        yesterday = timezone.now() - datetime.timedelta(days=1)
        with self.assertNumQueries(2, using=DB):
            conferences = list(with_recent_registrations(self.conferences, since=yesterday))
            emails = [[r.email for r in made.recent_registrations] for made in conferences]
        self.assertEqual(emails, [["new@example.com"]] * 5)

    def test_programmes_with_authors_are_three_queries(self) -> None:
        with self.assertNumQueries(3, using=DB):
            names = [
                author.person.first_name
                for made in with_programme(self.conferences)
                for abstract in made.programme
                for author in abstract.authors.all()
            ]
        self.assertEqual(names, ["Sarah"] * 5)

    def test_registrations_are_counted_in_the_same_query(self) -> None:
        with self.assertNumQueries(1, using=DB):
            counts = [c.registration_count for c in self.conferences.with_registration_count()]
        self.assertEqual(counts, [2] * 5)

    def test_all_are_added_up_by_the_server(self) -> None:
        self.conferences.filter(code__in=["C0", "C1"]).update(attendance=20)
        with self.assertNumQueries(1, using=DB):
            self.assertEqual(totals(self.conferences), {"conferences": 5, "attendance": 40})

    def test_addresses_are_streamed(self) -> None:
        emails = registered_emails(self.conferences.get(code="C0"))
        self.assertEqual(list(emails), ["new@example.com", "old@example.com"])

    def test_the_text_of_abstracts_stays_in_the_database(self) -> None:
        (made, *_) = with_programme(self.conferences)
        self.assertEqual(made.programme[0].get_deferred_fields(), {"body"})


class Indexes(LegacyTestCase):
    def test_both_tables_have_the_index_that_a_migration_adds(self) -> None:
        for model, name in [(Conference, "confrnce_dates"), (Registration, "registration_latest")]:
            with self.subTest(name), connections[DB].cursor() as cursor:
                table = model._meta.db_table
                found = connections[DB].introspection.get_constraints(cursor, table)
                self.assertTrue(found[name]["index"])


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
