"""Which tables of unmanaged models the test runner makes, and when, in a project of its own."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import SimpleTestCase

import manydb

FILES = {
    "reports/__init__.py": "",
    "reports/migrations/__init__.py": "",
    "reports/models.py": """
from django.db import models


class Sale(models.Model):
    total = models.IntegerField()
    extra = models.IntegerField(default=0)


class TotalOfSales(models.Model):
    total = models.IntegerField(primary_key=True)

    class Meta:
        managed = False
        db_table = "reports_total"


class ShortSale(models.Model):
    total = models.IntegerField()

    class Meta:
        managed = False
        db_table = "reports_sale"


class Old(models.Model):
    name = models.CharField(max_length=9)

    class Meta:
        managed = False


class Pointer(models.Model):
    old = models.ForeignKey(Old, models.CASCADE)


class Foreign(models.Model):
    _DATABASE = "other"
    name = models.CharField(max_length=9)

    class Meta:
        managed = False
""",
    "reports/migrations/0001_initial.py": """
from django.db import migrations, models


def use_what_other_software_made(apps, schema_editor):
    assert schema_editor.connection.alias == "other"
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT * FROM reports_foreign")


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Sale", fields=[
            ("id", models.BigAutoField(primary_key=True)),
            ("total", models.IntegerField()),
            ("extra", models.IntegerField(default=0)),
        ]),
        migrations.CreateModel("Old", fields=[
            ("id", models.BigAutoField(primary_key=True)),
        ], options={"managed": False}),
        migrations.CreateModel("Pointer", fields=[
            ("id", models.BigAutoField(primary_key=True)),
            ("old", models.ForeignKey("reports.Old", models.CASCADE)),
        ]),
        migrations.RunSQL(
            "CREATE VIEW reports_total AS SELECT SUM(total) AS total FROM reports_sale",
            hints={"model": "reports.Sale"},
        ),
        migrations.RunPython(use_what_other_software_made, hints={"target_db": "other"}),
    ]
""",
    "reports/tests.py": """
from django.apps import apps
from django.db.models.signals import post_migrate
from django.test import TestCase
from reports.models import Foreign, Old, Pointer, Sale, ShortSale, TotalOfSales


class Tables(TestCase):
    databases = {"default", "other"}

    def test_a_view_of_a_migration_is_a_view(self):
        Sale.objects.create(total=2)
        Sale.objects.create(total=3)
        self.assertEqual(TotalOfSales.objects.get().total, 5)

    def test_a_second_model_of_a_managed_table_makes_no_table(self):
        Sale.objects.create(total=2, extra=1)
        self.assertEqual(ShortSale.objects.get().total, 2)

    def test_a_signal_of_somebody_who_names_no_database_is_of_default(self):
        post_migrate.send(sender=None, app_config=apps.get_app_config("reports"), verbosity=0)

    def test_other_tables_are_there(self):
        Pointer.objects.create(old=Old.objects.create(name="a"))
        Foreign.objects.create(name="b")
""",
    "run.py": """
import sys
import django
import manydb
from django.conf import settings

MEMORY = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
settings.configure(
    SECRET_KEY="of tests",
    DATABASES=manydb.databases({"default": MEMORY, "other": MEMORY}),
    DATABASE_ROUTERS=["manydb.routers.DBRouter"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["manydb", "manydb.fleet", "manydb.legacy", "reports"],
    TEST_RUNNER="manydb.testing.Runner",
)
django.setup()
from django.test.utils import get_runner

sys.exit(bool(get_runner(settings)().run_tests(["reports"])))
""",
}


class UnmanagedTables(SimpleTestCase):
    def test_a_table_is_made_if_no_migration_makes_it(self) -> None:
        folder = Path(self.enterContext(TemporaryDirectory()))
        for name, text in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        done = subprocess.run(
            [sys.executable, "run.py"],
            cwd=folder,
            env={"PYTHONPATH": str(Path(manydb.__file__).parents[1])},
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Ran 4 tests", done.stderr)
