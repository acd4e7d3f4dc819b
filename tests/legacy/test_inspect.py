"""Models out of databases full of traps, in a project: they are written as its style asks, and have test tables."""

import subprocess
import sys

import pytest

from ..attics import ENV
from ..commands import manage
from ..legacies import ENGINES


@pytest.mark.parametrize("engine", ENGINES)
def test_written_as_ruff_would(attic, engine):
    attic.inspect()
    for command in (["format", "--check"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "attic"],
            cwd=attic.folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


TESTING = """
import json
from pathlib import Path
from my_project.settings import testing

globals().update({name: value for name, value in vars(testing).items() if name.isupper()})
attic = json.loads(Path("attic.json").read_text())["attic"] | {"NAME": "test_attic"}
memory = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "ROLE": "shared"}
DATABASES = {**testing.DATABASES, "attic": attic if IN_ITS_ENGINE else memory}
DATABASES["attic"]["TEST"] = {"NAME": IN_ITS_ENGINE and "test_attic" or None, "DEPENDENCIES": []}
INSTALLED_APPS = [*testing.INSTALLED_APPS, "attic"]
"""
QUERIES = """
from django.apps import apps
from django.test import TestCase


class Attic(TestCase):
    databases = {"attic"}

    def test_every_model_has_a_table(self) -> None:
        models = list(apps.get_app_config("attic").get_models())
        for model in models:
            self.assertEqual(list(model._default_manager.using("attic").all()), [])
        self.assertGreater(len(models), 20)
"""


@pytest.mark.parametrize(
    ("engine", "in_its_engine"),
    [*((engine, False) for engine in ENGINES), ("mysql", True), ("postgresql", True)],
)
def test_test_databases_have_the_tables_of_any_engine_and_schema(attic, engine, in_its_engine):
    attic.inspect()
    (attic.folder / "attic_testing.py").write_text(f"IN_ITS_ENGINE = {in_its_engine}\n{TESTING}")
    (attic.folder / "attic" / "tests.py").write_text(QUERIES)
    done = manage(attic.folder, "test", "attic", "--settings", "attic_testing", env=ENV)
    assert "Ran 1 test" in done.stderr and "OK" in done.stderr
