"""The same as functions of pytest: the mark of the test, not of its fixtures, says which databases it uses."""

import pytest

from .models import Note


@pytest.fixture
def note() -> Note:
    return Note.objects.using("TESTCLIENT").create(text="From a fixture")


@pytest.mark.django_db(databases=["TESTCLIENT"])
def test_a_fixture_writes_where_the_test_may(note: Note) -> None:
    assert Note.objects.using("TESTCLIENT_RO").get() == note


@pytest.mark.django_db(databases=["TESTCLIENT"])
def test_nothing_is_left_of_the_test_before() -> None:
    assert not Note.objects.using("TESTCLIENT").exists()
