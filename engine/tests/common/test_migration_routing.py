"""Which tables, and which operations without a table, ``migrate`` makes in which database."""

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connections, router
from django.db.migrations.state import ProjectState
from django.test import SimpleTestCase, TestCase

from engine.site.news.models import Announcement
from engine.site.notes.models import Note, OldNote

CASES = [
    # alias, app, model, may migrate there
    ("default", "news", "announcement", True),
    ("default", "auth", "group", True),
    ("default", "users", "user", True),
    ("default", "users", "user_groups", True),
    ("default", "notes", "note", False),
    ("default", "notes", "note_tags", False),
    ("default", "notes", "oldnote", False),
    ("TESTCLIENT", "news", "announcement", False),
    ("TESTCLIENT", "auth", "group", False),
    ("TESTCLIENT", "users", "user", False),
    ("TESTCLIENT", "users", "user_groups", False),
    ("TESTCLIENT", "notes", "note", True),
    ("TESTCLIENT", "notes", "note_tags", True),
    ("TESTCLIENT", "notes", "oldnote", False),
    ("default_RO", "news", "announcement", False),
    ("TESTCLIENT_RO", "notes", "note", False),
    ("TESTCLIENT_RO", "auth", None, False),
    # An alias that this project does not know is for another router to judge.
    ("somebody_elses", "notes", "note", None),
    ("somebody_elses", "auth", None, None),
]


class AllowMigrate(SimpleTestCase):
    def test_every_kind_of_table_has_its_databases(self) -> None:
        (own,) = router.routers
        for alias, app, model, expected in CASES:
            with self.subTest(f"{app}.{model} on {alias}"):
                self.assertIs(own.allow_migrate(alias, app, model_name=model), expected)

    def test_a_migrations_own_version_of_a_model_lives_where_the_model_lives(self) -> None:
        historical = ProjectState.from_apps(apps).apps.get_model("notes", "Note")
        self.assertEqual(historical.__module__, "__fake__")
        self.assertTrue(router.allow_migrate_model("TESTCLIENT", historical))
        self.assertFalse(router.allow_migrate_model("default", historical))
        self.assertFalse(router.allow_migrate_model("default", historical.tags.through))

    def test_an_operation_without_a_model_runs_where_all_models_of_its_app_live(self) -> None:
        for app in apps.get_app_configs():
            managed = [model for model in app.get_models() if model._meta.managed]
            for alias in ("default", "TESTCLIENT"):
                answers = {router.allow_migrate_model(alias, model) for model in managed}
                if len(answers) == 1:
                    with self.subTest(f"{app.label} on {alias}"):
                        self.assertIs(router.allow_migrate(alias, app.label), answers.pop())

    def test_an_operation_may_name_its_model_in_a_hint(self) -> None:
        hints = {"model": Note}
        self.assertTrue(router.allow_migrate("TESTCLIENT", "auth", **hints))
        self.assertFalse(router.allow_migrate("default", "auth", **hints))


class Tables(TestCase):
    """What ``migrate`` has made of it."""

    databases = {"default", "TESTCLIENT"}

    def test_the_test_databases_have_their_own_tables_and_no_others(self) -> None:
        shared = {Announcement._meta.db_table, get_user_model()._meta.db_table, "django_session"}
        tenants = {Note._meta.db_table, Note.tags.through._meta.db_table}
        legacy = {OldNote._meta.db_table}
        for alias, here, elsewhere in [
            ("default", shared, tenants | legacy),
            ("TESTCLIENT", tenants | legacy, shared),
        ]:
            with self.subTest(alias):
                tables = set(connections[alias].introspection.table_names())
                self.assertLessEqual(here, tables)
                self.assertEqual(elsewhere & tables, set())

    def test_an_unmanaged_table_can_be_used(self) -> None:
        old = OldNote.objects.using("TESTCLIENT").create(text="From before")
        self.assertEqual(OldNote.objects.using("TESTCLIENT_RO").get(), old)
