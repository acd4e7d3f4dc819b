"""Registering for a conference: a row of ours and a number of the old system's, both or neither."""

import datetime
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

from django.db import connections
from django.test import skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext

from {{ cookiecutter.project_slug }}.conferences.models import Conference, Registration
from {{ cookiecutter.project_slug }}.conferences.services import (
    postpone,
    register,
    register_many,
)

from .cases import CommittingTestCase, LegacyTestCase
from .tenant import DB, in_testclient


def attendance(code: str) -> Decimal | None:
    return Conference.objects.using(DB).get(code=code).attendance


class Register(LegacyTestCase):
    def test_the_first_is_counted_although_in_sql_nothing_plus_one_is_nothing(self) -> None:
        conference = Conference.objects.using(DB).create(code="EMPTY", attendance=None)
        registration = register(conference, " Sarah@Example.com ")
        self.assertEqual((registration.email, registration._state.db), ("sarah@example.com", DB))
        self.assertEqual(attendance("EMPTY"), 1)

    def test_again_changes_nothing(self) -> None:
        conference = Conference.objects.using(DB).create(code="TWICE", attendance=41)
        first = register(conference, "sarah@example.com")
        self.assertEqual(register(conference, "SARAH@example.com"), first)
        self.assertEqual(attendance("TWICE"), 42)

    def test_nobody_gets_a_place_at_a_conference_that_is_gone(self) -> None:
        conference = Conference.objects.using(DB).create(code="GONE")
        Conference.objects.using(DB).filter(code="GONE").delete()
        with self.assertRaises(Conference.DoesNotExist):
            register(conference, "sarah@example.com")
        self.assertFalse(Registration.objects.using(DB).filter(conference_id="GONE").exists())

    def test_what_follows_a_registration_waits_for_the_commit_of_its_own_database(self) -> None:
        conference = Conference.objects.using(DB).create(code="LOG")
        with (
            self.captureOnCommitCallbacks(using="default") as elsewhere,
            self.captureOnCommitCallbacks(using=DB) as here,
        ):
            register(conference, "sarah@example.com")
            register(conference, "sarah@example.com")
        self.assertEqual((len(elsewhere), len(here)), (0, 1))


class ManyAtOnce(LegacyTestCase):
    def test_a_list_is_registered_in_a_few_statements_and_only_new_addresses_count(self) -> None:
        conference = Conference.objects.using(DB).create(code="MANY", attendance=1)
        emails = [f"person{number}@example.com" for number in range(40)]
        register_many(conference, emails[:20])
        with CaptureQueriesContext(connections[DB]) as queries:
            self.assertEqual(register_many(conference, [*emails, " PERSON7@example.com"]), 20)
        self.assertLess(len(queries), 10)
        self.assertEqual(attendance("MANY"), 41)
        self.assertEqual(register_many(conference, emails), 0)

    def test_each_conference_is_moved_by_its_own_dates_in_one_statement(self) -> None:
        for day in (1, 2):
            first = datetime.date(2030, 5, day)
            Conference.objects.using(DB).create(code=f"C{day}", date=first, dateend=None)
        Conference.objects.using(DB).create(code="NODATE")
        with CaptureQueriesContext(connections[DB]) as queries:
            self.assertEqual(postpone(Conference.objects.using(DB).order_by("code"), days=30), 2)
        self.assertEqual(sum("UPDATE" in query["sql"] for query in queries), 1)
        found = Conference.objects.using(DB).order_by("code").values_list("date", flat=True)
        self.assertEqual(list(found), [datetime.date(2030, 5, 31), datetime.date(2030, 6, 1), None])


@skipUnlessDBFeature("test_db_allows_multiple_connections")  # SQLite in memory has only one
class RegisterAtOnce(CommittingTestCase):
    def test_two_at_once_are_one_registration_and_count_once(self) -> None:
        conference = Conference.objects.using(DB).create(code="RACE")
        start = Barrier(2)

        def race(_: int) -> int:
            try:
                with in_testclient():
                    start.wait(timeout=10)
                    return register(conference, "sarah@example.com").pk
            finally:
                connections[DB].close()

        with ThreadPoolExecutor(2) as threads:
            one, other = threads.map(race, range(2))
        self.assertEqual(one, other)
        self.assertEqual(attendance("RACE"), 1)
