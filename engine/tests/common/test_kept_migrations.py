"""What is kept about the migrations of the code is forgotten where a test changes the settings that say which they are."""

from django.conf import settings
from django.test import SimpleTestCase, override_settings

from manydb.core import disk_migrations
from manydb.core.disk_migrations import fingerprint, on_disk


class KeptMigrations(SimpleTestCase):
    def test_other_settings_give_other_migrations(self) -> None:
        before, name = on_disk(), fingerprint()
        apps = [app for app in settings.INSTALLED_APPS if not app.endswith(".sessions")]
        others = (
            {"MIGRATION_MODULES": {"sessions": None}},
            {"INSTALLED_APPS": apps},
        )
        for changed in others:
            with self.subTest(next(iter(changed))):
                with override_settings(**changed):
                    self.assertFalse([k for k in on_disk().disk_migrations if k[0] == "sessions"])
                    self.assertNotEqual(fingerprint(), name)
                self.assertEqual(on_disk().disk_migrations.keys(), before.disk_migrations.keys())
                self.assertEqual(fingerprint(), name)

    def test_hints_of_the_settings_name_databases(self) -> None:
        before = disk_migrations.target_databases()
        with override_settings(MIGRATION_HINTS={"sessions.0001_initial": {"target_db": "reports"}}):
            self.assertEqual(disk_migrations.target_databases(), before | {"reports"})
        self.assertEqual(disk_migrations.target_databases(), before)

    def test_any_other_setting_leaves_them(self) -> None:
        before = on_disk()
        with override_settings(DEBUG=True):
            self.assertIs(on_disk(), before)
