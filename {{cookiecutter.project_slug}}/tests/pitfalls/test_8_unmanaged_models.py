"""Pitfall 8, migrations of unmanaged models: they change no table, and need no ``--fake``."""

from django.apps import apps
from django.db import connections, models, router
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations import CreateModel
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ModelState, ProjectState
from django.test import SimpleTestCase, TestCase

from ..models import OldNote


class UnmanagedModels(TestCase):
    databases = {"TESTCLIENT"}

    def sql_of(self, **options: object) -> str:
        fields = [("id", models.BigAutoField(primary_key=True))]
        migration = Migration("0001_initial", "tests")
        migration.operations = [CreateModel("Ledger", fields, options)]
        with connections["TESTCLIENT"].schema_editor(collect_sql=True, atomic=False) as editor:
            migration.apply(ProjectState(), editor, collect_sql=True)
        return "\n".join(editor.collected_sql)

    def test_their_migrations_do_nothing(self) -> None:
        self.assertNotIn("CREATE TABLE", self.sql_of(managed=False))

    def test_no_database_may_migrate_them(self) -> None:
        for alias in ("default", "TESTCLIENT"):
            self.assertFalse(router.allow_migrate_model(alias, OldNote))


class Makemigrations(SimpleTestCase):
    """What ``makemigrations`` would write, without asking any database for its history."""

    def changes(self, before: ProjectState, after: ProjectState) -> dict[str, list[Migration]]:
        graph = MigrationLoader(None, ignore_no_migrations=True).graph
        return MigrationAutodetector(before, after, MigrationQuestioner()).changes(graph)

    def test_a_changed_field_of_an_unmanaged_model_is_no_migration(self) -> None:
        before, after = ProjectState.from_apps(apps), ProjectState.from_apps(apps)
        state = ModelState.from_model(OldNote)
        state.fields["text"] = models.TextField()
        after.add_model(state)
        self.assertEqual(self.changes(before, after), {})

    def test_the_migrations_of_this_project_are_up_to_date(self) -> None:
        written = MigrationLoader(None, ignore_no_migrations=True).project_state()
        self.assertEqual(self.changes(written, ProjectState.from_apps(apps)), {})
