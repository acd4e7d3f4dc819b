"""Models out of databases full of traps: they import, read, and keep what they read."""

import subprocess
import sys

import pytest

from .attics import ENV
from .legacies import ENGINES
from .projects import manage
from .trapped import FIELDS, LEFT_OUT, READ_ONLY, VALUES


@pytest.mark.parametrize("engine", ENGINES)
def test_models_of_a_database_full_of_traps(attic, engine):
    source = attic.inspect()

    left_out = [line for line in attic.said.splitlines() if line.startswith("Left out: ")]
    assert [line.split(": ")[1] for line in left_out] == LEFT_OUT[engine]
    header = " ".join(line.removeprefix("#").strip() for line in source.splitlines()[:80])
    assert all(f"Left out: {name}: " in header for name in LEFT_OUT[engine])
    assert "which Django does not escape" in header
    assert "Time zone: " in header and "no TIME_ZONE, so they are read as UTC" in header

    assert "class Stamped(TriggeredModel):" in source

    found = attic.probe()
    assert found["invalid"] == []
    assert found["changed"] == []
    refused = {tuple(text.split(": ")) for text in found["refused"]}
    by_us = {model for model, error in refused if error == "ReadOnlyTable"}
    assert by_us == READ_ONLY[engine]
    # Rows whose references go to tables or rows that are not there: SQLite itself refuses them.
    by_server = {("Refs", "OperationalError"), ("Tags", "IntegrityError")}
    assert refused - {(model, "ReadOnlyTable") for model in by_us} <= by_server

    fields = found["fields"]
    assert {path: fields[path] for path in FIELDS[engine]} == FIELDS[engine]
    values = {(fields[path], kind) for path, kinds in found["types"].items() for kind in kinds}
    values = {(field.split()[0], kind) for field, kind in values if kind != "NoneType"}
    assert {it for it in values if it[0] not in VALUES[it[1]].split()} == set()

    again = attic.manage("inspect_legacy", "attic").stdout
    assert again == source


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


@pytest.mark.parametrize(("engine", "sql"), [("sqlite", "")])
def test_a_database_without_tables_is_no_success(attic, engine, sql):
    done = attic.manage("inspect_legacy", "attic", "--output", "attic/models.py", check=False)
    assert done.returncode == 1 and "has no table" in done.stderr
    assert not (attic.folder / "attic" / "models.py").exists()


@pytest.mark.parametrize(("engine", "sql"), [("sqlite", "create table a (id integer primary key)")])
def test_a_file_that_someone_else_wrote_is_left_alone(attic, engine, sql):
    (attic.folder / "attic" / "models.py").write_text("# mine\n")
    done = attic.manage("inspect_legacy", "attic", "--output", "attic/models.py", check=False)
    assert done.returncode == 1 and "was not written by this command" in done.stderr
