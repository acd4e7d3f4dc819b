"""Packages look at every subclass of Field in a process: those of legacy columns are there where a model has one."""

import subprocess
import sys
from pathlib import Path

from django.test import SimpleTestCase

import manydb

SCRIPT = """
import sys
import django
import manydb
from django.conf import settings

MEMORY = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
settings.configure(
    DATABASES=manydb.databases({"default": MEMORY}),
    DATABASE_ROUTERS=["manydb.routers.DBRouter"],
    INSTALLED_APPS=["django.contrib.contenttypes", "manydb", "manydb.fleet", "manydb.legacy"],
    TEST_RUNNER="manydb.testing.Runner",
)
django.setup()
from django.core.management import call_command
from django.test.utils import get_runner

call_command("check")
get_runner(settings)
print(*(name for name in sys.modules if name.startswith("manydb.legacy.columns")))
"""


class LegacyFields(SimpleTestCase):
    def test_a_project_without_legacy_columns_imports_none(self) -> None:
        path = str(Path(manydb.__file__).parents[1])
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={"PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual(done.stdout.splitlines()[-1], "")
