"""Pitfall 3, migrations on the wrong database: ``migrate`` makes nothing where a model does not live."""

from io import StringIO

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import TestCase


class WrongDatabase(TestCase):
    databases = {"default", "TESTCLIENT"}

    def test_the_wrong_database_has_no_table(self) -> None:
        users = get_user_model()._meta.db_table
        self.assertIn(users, connections["default"].introspection.table_names())
        self.assertNotIn(users, connections["TESTCLIENT"].introspection.table_names())

    def test_its_migrations_are_recorded_there_without_having_done_anything(self) -> None:
        recorder = MigrationRecorder(connections["TESTCLIENT"])
        self.assertIn(("users", "0001_initial"), recorder.applied_migrations())

    def test_so_migrating_it_again_changes_nothing(self) -> None:
        out = StringIO()
        call_command("migrate", database="TESTCLIENT", skip_checks=True, stdout=out)
        self.assertIn("No migrations to apply", out.getvalue())
