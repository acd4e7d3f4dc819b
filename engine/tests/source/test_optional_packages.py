"""The engine needs Django alone: what else it can use is imported where it is used, or not at all."""

import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

from django.conf import settings
from django.test import SimpleTestCase

import manydb
from manydb.core import progress_bar
from manydb.legacy.adoption import variables

OPTIONAL = (
    "boto3",
    "botocore",
    "celery",
    "dotenv",
    "environs",
    "huey",
    "hvac",
    "markdown",
    "prometheus_client",
    "psycopg",
    "MySQLdb",
    "pytest",
    "tqdm",
)
# Each is for a project that has chosen the package that it needs.
CHOSEN = (
    "manydb.backends.rds_iam_",
    "manydb.backends.rotating_",
    "manydb.contrib.",
    "manydb.legacy.columns.arrays",  # of PostgreSQL alone
    "manydb.parameters.aws_",
    "manydb.parameters.vault",
    "manydb.presets.",
    "manydb.tenants.celery_tasks",
    "manydb.tenants.celery_tasks_of_others",
    "manydb.tenants.django_tasks",
    "manydb.tenants.huey_tasks_of_others",
    "manydb.testing.pytest_plugin",
)
SCRIPT = """
import importlib, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in %r:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
import django
django.setup()
failed = []
for name in %r:
    try:
        importlib.import_module(name)
    except Exception as error:
        failed.append(f"{name}: {type(error).__name__}: {error}")
print(*failed, sep="\\n")
"""


class OptionalPackagesTests(SimpleTestCase):
    def test_every_module_is_imported_without_them(self) -> None:
        folder = Path(manydb.__file__).parent
        skipped = () if "manydb.tenants" in settings.INSTALLED_APPS else ("manydb.tenants",)
        if "manydb.replicas" not in settings.INSTALLED_APPS:
            skipped += ("manydb.replicas", "manydb.testing.lagging_replicas")
        modules = sorted(
            ".".join(path.relative_to(folder.parent).with_suffix("").parts).removesuffix(
                ".__init__"
            )
            for path in folder.rglob("*.py")
        )
        # Looking for tests imports each package, whatever was chosen.
        packages = {
            ".".join(path.parent.relative_to(folder.parent).parts)
            for path in folder.rglob("__init__.py")
        }
        modules = [
            each
            for each in modules
            if not each.startswith(skipped) and (each in packages or not each.startswith(CHOSEN))
        ]
        self.assertGreater(len(modules), 100)
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT % (OPTIONAL, modules)],
            capture_output=True,
            text=True,
            env={
                "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE,
                "PYTHONPATH": ":".join(sys.path),
                "PYTHONPYCACHEPREFIX": str(sys.pycache_prefix),
            },
        )
        self.assertEqual((done.stderr, done.stdout.strip()), ("", ""))

    def test_an_env_file_is_written_without_dotenv(self) -> None:
        with patch.object(variables, "dotenv_values", None):
            text = variables.set_variables("A=1\n", "chinook", {"B": "it's"})
            self.assertEqual(text, "A=1\n\n# chinook\nB='it\\'s'\n")
            with self.assertRaisesMessage(ValueError, "can't hold the value of B"):
                variables.set_variables("", "chinook", {"B": "${HOME}"})

    def test_a_copy_needs_no_bar(self) -> None:
        with patch.object(progress_bar, "tqdm", None), progress_bar.counting_bytes() as count:
            count(1)
