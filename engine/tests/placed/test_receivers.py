"""Receivers of ``pre_migrate`` and ``post_migrate`` that were written for one database."""

import logging
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sites.models import Site
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models.signals import post_migrate, pre_migrate
from django.test import TransactionTestCase, override_settings

from engine.site.magazine.models import Section
from engine.site.news.models import Announcement
from manydb.core import log_once
from manydb.core.placement import shared_alias
from manydb.tenants import tenant_context

SHARED = "default"  # the name that a test may give to what is shared, whatever its alias


def makes_a_row(**kwargs: Any) -> None:
    Section.objects.get_or_create(name="Made")


def is_a_transaction(**kwargs: Any) -> None:
    with transaction.atomic():
        Group.objects.get_or_create(name="Editors")


def changes_the_site(using: str, **kwargs: Any) -> None:
    Site.objects.filter(pk=1).update(domain="changed.example.com")


def looks_at_content_types(**kwargs: Any) -> None:
    list(ContentType.objects.all())


def asks_the_connection(**kwargs: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM magazine_section")


def fills_a_shared_table(**kwargs: Any) -> None:
    Announcement.objects.get_or_create(text="Migrated")


async def is_asynchronous(**kwargs: Any) -> None:
    await Section.objects.aget_or_create(name="Made asynchronously")


STRANGERS = (
    makes_a_row,
    is_a_transaction,
    changes_the_site,
    looks_at_content_types,
    is_asynchronous,
    # ``connection`` is the tenant's only then.
    *([asks_the_connection] if getattr(settings, "TENANT_DEFAULT", False) else []),
)


class Receivers(TransactionTestCase):
    databases = {SHARED, "TESTCLIENT"}

    def connect(self, receiver: Callable[..., Any], **kwargs: Any) -> None:
        for signal in (pre_migrate, post_migrate):
            signal.connect(receiver, **kwargs)
            self.addCleanup(signal.disconnect, receiver, **kwargs)

    def migrate(self, alias: str) -> None:
        call_command("migrate", database=alias, verbosity=0)

    def test_one_that_ignores_its_database_stops_no_migration(self) -> None:
        for receiver in STRANGERS:
            with self.subTest(receiver.__name__):
                self.connect(receiver)
                self.migrate(shared_alias())
                self.migrate("TESTCLIENT")

    def test_it_has_done_its_work_for_the_tenant(self) -> None:
        for receiver in STRANGERS:
            self.connect(receiver)
        self.connect(fills_a_shared_table, sender=apps.get_app_config("news"))
        self.migrate(shared_alias())
        self.assertEqual(Announcement.objects.count(), 1)
        self.migrate("TESTCLIENT")
        with tenant_context("testclient"):
            names = set(Section.objects.values_list("name", flat=True))
            self.assertEqual(names, {"Made", "Made asynchronously"})
            self.assertTrue(Group.objects.filter(name="Editors").exists())

    def test_the_next_one_is_called_and_the_log_says_which_was_stopped(self) -> None:
        heard: list[str] = []

        def listens(using: str, **kwargs: Any) -> None:
            heard.append(using)

        log_once._written.clear()
        self.connect(makes_a_row)
        self.connect(listens)
        with self.assertLogs("manydb.tenants.receivers", logging.WARNING) as log:
            self.migrate(shared_alias())
        self.assertEqual(set(heard), {shared_alias()})
        self.assertIn(f"{__name__}.makes_a_row asked for rows of tenants", log.output[0])

    def test_any_other_error_stops_the_migration(self) -> None:
        def fails(**kwargs: Any) -> None:
            raise ZeroDivisionError

        self.connect(fails)
        for alias in (shared_alias(), "TESTCLIENT"):
            with self.subTest(alias), self.assertRaises(ZeroDivisionError):
                self.migrate(alias)

    @override_settings(SITE_ID=1)
    def test_what_djangos_own_make_is_in_each_tenants_database(self) -> None:
        self.migrate(shared_alias())
        self.migrate("TESTCLIENT")
        with tenant_context("testclient"):
            self.assertTrue(Site.objects.filter(pk=1).exists())
            self.assertTrue(ContentType.objects.filter(app_label="magazine").exists())

    def test_a_form_of_permissions_offers_none_of_the_catalog(self) -> None:
        self.migrate("TESTCLIENT")
        with tenant_context("testclient"):
            of_kinds = Permission.objects.values_list("content_type__app_label", flat=True)
            self.assertIn("magazine", of_kinds)
            self.assertNotIn("manydb_tenants", of_kinds)
            self.assertFalse(ContentType.objects.filter(app_label="manydb_tenants").exists())
