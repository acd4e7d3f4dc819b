"""Test databases of twenty tenants, of six on a server: one is migrated, and the others are copies with rows of their own."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import SimpleTestCase

from manydb.core.copies import copies
from manydb.testing.copied_databases import copied_databases

SITE = """
import os
import manydb
from engine.site.databases import MEMORY, SHARED, server
from engine.site.settings.tenant import *

NAMES = [f"t{number}" for number in range(6 if HOST else 20)]
if HOST:
    PRIMARY = server(ENGINE, HOST)
else:
    PRIMARY = MEMORY
PREFIX = f"manydb_copies_{os.environ['RUN']}_"
DATABASES = manydb.databases(SHARED, tenants=NAMES, prefix=PREFIX, primary=PRIMARY, testing=True)
TEST_RUNNER = "manydb.testing.Runner"
if HOST:  # the run outside has databases with the names of its workers, too
    for alias in ("default", "accounts"):
        DATABASES[alias]["TEST"] = {**DATABASES[alias].get("TEST", {}), "NAME": f"test_{PREFIX}{alias}"}
"""
TESTS = """
from django.conf import settings
from django.db import connections
from django.db.models.signals import pre_migrate
from django.test import TestCase
from engine.site.notes.models import Note
from manydb.tenants import tenant_context

migrated = set()
pre_migrate.connect(lambda using, **kwargs: migrated.add(using), weak=False)


class Twenty(TestCase):
    databases = {"default", *(name.upper() for name in settings.NAMES)}

    def test_each_has_the_tables_and_its_own_rows(self):
        self.assertEqual(len(migrated & (self.databases - {"default"})), 1)
        for name in settings.NAMES:
            with tenant_context(name):
                Note.objects.create(text=name)
        tables = set()
        for name in settings.NAMES:
            with tenant_context(name):
                self.assertEqual([note.text for note in Note.objects.all()], [name])
                tables.add(tuple(sorted(connections[name.upper()].introspection.table_names())))
        self.assertEqual(len(tables), 1)


class OnceMore(Twenty):
    pass  # for another worker
"""


class CopiedDatabases(SimpleTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        (self.folder / "site_of_twenty.py").write_text(SITE)
        (self.folder / "test_twenty.py").write_text(TESTS)
        (self.folder / "conftest.py").write_text(
            "pytest_plugins = ['manydb.testing.pytest_plugin']\n"
        )
        self.run_name = os.environ.get("PYTEST_XDIST_WORKER", "main")

    def run_tests(self, *words: str) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        path = [str(self.folder), *filter(None, sys.path)]
        ran = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=self.folder,
            env=env
            | {
                "DJANGO_SETTINGS_MODULE": "site_of_twenty",
                "PYTHONPATH": os.pathsep.join(path),
                "RUN": self.run_name,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(ran.returncode, 0, ran.stdout[-3000:] + ran.stderr[-3000:])

    def test_of_each_worker_of_pytest(self) -> None:
        self.run_tests("pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "test_twenty.py")

    def test_of_each_worker_of_djangos_command_that_keeps_them_and_of_the_next_that_does_not(
        self,
    ) -> None:
        for words in (["--keepdb"], ["--noinput"]):
            self.run_tests("django", "test", "test_twenty", "--parallel", "2", *words)

    def test_at_no_other_time_is_anything_copied(self) -> None:
        self.assertIsNone(copies.get())


class OfNoTenant(SimpleTestCase):
    """Such as one of the project that it lists after those of tenants, and that no router of ours knows."""

    def test_it_is_no_copy_of_a_tenants(self) -> None:
        with copied_databases():
            made = copies.get()
            assert made is not None
            made.note("TESTCLIENT")
            self.assertFalse(made.fill("default"))
