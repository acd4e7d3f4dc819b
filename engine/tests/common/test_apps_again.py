"""Django makes all apps ready again when a test changes INSTALLED_APPS, amid the transaction of the test."""

import os
import subprocess
import sys
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import BaseCommand
from django.db import connection, connections
from django.test import SimpleTestCase, TestCase, modify_settings, override_settings

from engine.site.news.models import Announcement
from engine.site.notes.models import Note
from manydb.core.missing_databases import bootstrap_steps, fillers


def what_is_installed() -> list[Any]:
    """What apps change when they are ready."""
    source = getattr(settings.DATABASES, "source", None)
    return [*fillers, *bootstrap_steps, BaseCommand.create_parser, source]


IN_A_LOOP = """
import asyncio
import django

async def main():
    django.setup()

asyncio.run(main())
"""


class EventLoops(SimpleTestCase):
    def test_a_notebook_sets_django_up_inside_its_event_loop(self) -> None:
        path = os.pathsep.join(filter(None, sys.path))
        settings_module = settings.SETTINGS_MODULE
        done = subprocess.run(
            [sys.executable, "-c", IN_A_LOOP],
            env={**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": settings_module},
            capture_output=True,
            text=True,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class AppsAgain(TestCase):
    databases = {"default", "TESTCLIENT"}

    def test_a_test_keeps_its_connections_and_its_rows(self) -> None:
        Announcement.objects.create(text="To all")
        Note.objects.using("TESTCLIENT").create(text="Here")
        mine = connections["TESTCLIENT"]
        with modify_settings(INSTALLED_APPS={"append": "django.contrib.sitemaps"}):
            self.assertIs(connections["TESTCLIENT"], mine)
            self.assertTrue(connection.in_atomic_block)
            self.assertEqual(Announcement.objects.get().text, "To all")
            self.assertEqual(Note.objects.using("TESTCLIENT").get().text, "Here")
        self.assertIs(connections["TESTCLIENT"], mine)

    async def test_an_async_test_changes_them_inside_its_event_loop(self) -> None:
        with modify_settings(INSTALLED_APPS={"append": "django.contrib.sitemaps"}):
            self.assertTrue(apps.is_installed("django.contrib.sitemaps"))

    def test_what_is_changed_once_is_not_changed_again(self) -> None:
        before = what_is_installed()
        with override_settings(
            INSTALLED_APPS=[*settings.INSTALLED_APPS, "django.contrib.sitemaps"]
        ):
            self.assertEqual(what_is_installed(), before)
        self.assertEqual(what_is_installed(), before)
