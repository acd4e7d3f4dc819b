"""Pitfall 8, migrations of unmanaged models: they change no table, and need no ``--fake``."""

from django.apps import apps
from django.db import connections, models, router
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations import CreateModel
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ModelState, ProjectState
from django.test import SimpleTestCase

from ..models import Note, OldNote


class Migrate(SimpleTestCase):
    databases = {"default"}  # is asked for its dialect of SQL; nothing is sent

    def sql_of_creating(self, **options: object) -> str:
        fields = [("id", models.BigAutoField(primary_key=True))]
        migration = Migration("0001_initial", "tests")
        migration.operations = [CreateModel("Ledger", fields, options)]
        with connections["default"].schema_editor(collect_sql=True, atomic=False) as editor:
            migration.apply(ProjectState(), editor, collect_sql=True)
        return "\n".join(editor.collected_sql)

    def test_makes_no_table_for_an_unmanaged_model(self) -> None:
        self.assertIn("CREATE TABLE", self.sql_of_creating(managed=True))
        self.assertNotIn("CREATE TABLE", self.sql_of_creating(managed=False))

    def test_is_not_for_unmanaged_models_on_any_database(self) -> None:
        for alias in ("default", "TESTCLIENT", "TESTCLIENT_RO"):
            with self.subTest(alias):
                self.assertFalse(router.allow_migrate_model(alias, OldNote))


class Makemigrations(SimpleTestCase):
    """What it would write, without asking any database for its history as the command does."""

    def changes(
        self, before: ProjectState, after: ProjectState, *labels: str
    ) -> dict[str, list[Migration]]:
        graph = MigrationLoader(None, ignore_no_migrations=True).graph
        questioner = MigrationQuestioner(specified_apps=set(labels))
        return MigrationAutodetector(before, after, questioner).changes(graph)

    def changes_with_a_longer_text_in(self, model: type[models.Model]) -> set[str]:
        before, after = ProjectState.from_apps(apps), ProjectState.from_apps(apps)
        state = ModelState.from_model(model)
        state.fields["text"] = models.TextField()
        after.add_model(state)
        return set(self.changes(before, after, "tests"))

    def test_writes_none_for_a_changed_field_of_an_unmanaged_model(self) -> None:
        self.assertEqual(self.changes_with_a_longer_text_in(Note), {"tests"})
        self.assertEqual(self.changes_with_a_longer_text_in(OldNote), set())

    def test_has_nothing_to_write_for_this_project(self) -> None:
        written = MigrationLoader(None, ignore_no_migrations=True).project_state()
        self.assertEqual(self.changes(written, ProjectState.from_apps(apps)), {})
