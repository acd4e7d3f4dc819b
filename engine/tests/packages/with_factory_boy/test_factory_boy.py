"""Factories make rows of the active tenant, in tests of pytest-django's kind."""

from typing import Any

import factory
import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from factory.django import DjangoModelFactory
from pytest_django import DjangoAssertNumQueries

from ..case import DATABASES, SITES, SiteClient
from .models import Book, Membership, Writer

pytestmark = pytest.mark.django_db(databases=list(DATABASES))


class UserFactory(DjangoModelFactory):
    class Meta:
        model = get_user_model()
        django_get_or_create = ["username"]

    username = factory.Sequence("user{}".format)
    password = factory.django.Password("secret-word")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)


class WriterFactory(DjangoModelFactory):
    class Meta:
        model = Writer
        django_get_or_create = ["name"]

    name = factory.Faker("name")


class BookFactory(DjangoModelFactory):
    class Meta:
        model = Book
        skip_postgeneration_save = True

    title = factory.Sequence("Volume {}".format)
    writer = factory.SubFactory(WriterFactory, name="Ada")

    @factory.post_generation
    def readers(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        self.readers.set(extracted or [])


def test_check_finds_nothing() -> None:
    call_command("check", fail_level="WARNING")


def test_factories_make_rows_of_the_active_tenant() -> None:
    for number, site in enumerate(SITES):
        with site.active():
            BookFactory.create_batch(number + 1, readers=WriterFactory.create_batch(2))
            assert Writer.objects.filter(name="Ada").count() == 1
            assert WriterFactory(name="Ada") == Book.objects.first().writer
    for number, site in enumerate(SITES):
        with site.active():
            assert Book.objects.count() == number + 1
            assert {book.readers.count() for book in Book.objects.all()} == {2}


def test_factories_of_shared_models() -> None:
    for site in SITES:
        with site.active():
            assert MembershipFactory(user__username="ada").user.check_password("secret-word")
    assert get_user_model().objects.get().username == "ada"
    assert Membership.objects.count() == len(SITES)


def test_the_fixtures_of_pytest_django(
    django_user_model: Any, django_assert_num_queries: DjangoAssertNumQueries, settings: Any
) -> None:
    settings.REPLICA_MAX_LAG = 3
    user = django_user_model.objects.create_superuser("root")
    for site in SITES:
        client = SiteClient(site)
        with site.active():
            client.force_login(user)
            BookFactory()
            with django_assert_num_queries(1, using=site.alias):
                assert Book.objects.get().title.startswith("Volume")
        assert client.get("/admin/").status_code == 200


@pytest.mark.django_db(transaction=True, databases=list(DATABASES))
def test_transactional_tests_begin_empty_too() -> None:
    for site in SITES:
        with site.active():
            assert not Book.objects.exists()
            BookFactory()


@pytest.mark.django_db(transaction=True, databases=list(DATABASES))
def test_and_leave_nothing() -> None:
    test_transactional_tests_begin_empty_too()
