"""An app that a test writes, with models and migrations, and installs for as long as the test runs."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from typing import Any, ClassVar
from unittest import mock

from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import TransactionTestCase, override_settings

from engine.tests.names import OTHER_ALIAS
from manydb.core import disk_migrations

BOTH = """
    from django.db import models
    from manydb.models import TenantModel

    class Plan(models.Model):
        name = models.CharField(max_length=50)

    class Invoice(TenantModel):
        text = models.CharField(max_length=50)
"""
BOTH_CREATED = """
    migrations.CreateModel("Plan", [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=50)),
    ]),
    migrations.CreateModel("Invoice", [
        ("id", models.BigAutoField(primary_key=True)),
        ("text", models.CharField(max_length=50)),
    ]),
"""
TENANTS = BOTH.replace("class Plan(models.Model)", "class Plan(TenantModel)")


class WrittenAppCase(TransactionTestCase):
    """``TestCase`` would run migrations inside its own transaction, where SQLite can't run them."""

    databases: ClassVar[set[str]] = {"default", "TESTCLIENT", OTHER_ALIAS}
    app = "crm"

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        # Byte code counts as that of a file which was written again in the same second, with as many letters.
        self.enterContext(mock.patch.object(sys, "dont_write_bytecode", True))
        sys.path.insert(0, str(self.folder))
        self.addCleanup(sys.path.remove, str(self.folder))
        (self.folder / self.app / "migrations").mkdir(parents=True)
        (self.folder / self.app / "__init__.py").touch()
        (self.folder / self.app / "migrations" / "__init__.py").touch()
        self.installations = ExitStack()
        self.addCleanup(self._remove_app)

    def write(self, models: str, **operations: str) -> None:
        """Writes the models, and a migration for each name with these operations, and installs the app anew."""
        (self.folder / self.app / "models.py").write_text(dedent(models), encoding="utf-8")
        before = ""
        for name, source in operations.items():
            functions, _, listed = dedent(source).rpartition("---\n")
            path = self.folder / self.app / "migrations" / f"{name}.py"
            path.write_text(
                "from django.db import connections, migrations, models\n\n"
                f"{functions}\n\nclass Migration(migrations.Migration):\n"
                f"    dependencies = [{before}]\n    operations = [{listed}]\n",
                encoding="utf-8",
            )
            before = f'("{self.app}", "{name}")'
        self.install()

    def install(self) -> None:
        self.installations.close()
        self._clear()
        self.installations.enter_context(
            override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS, self.app])
        )

    def model(self, name: str) -> Any:
        return apps.get_model(self.app, name)

    def _remove_app(self) -> None:
        tables = [model._meta.db_table for model in self._models()]
        self.installations.close()
        self._clear()
        for alias in self.databases:
            connection = connections[alias]
            found = [
                each
                for each in connection.introspection.table_names()
                if each.startswith(f"{self.app}_")
            ]
            with connection.constraint_checks_disabled(), connection.cursor() as cursor:
                for table in {*found, *tables} & {*connection.introspection.table_names()}:
                    cascade = " CASCADE" if connection.vendor == "postgresql" else ""
                    cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}{cascade}")
            recorder = MigrationRecorder(connection)
            if recorder.has_table():
                recorder.migration_qs.filter(app=self.app).delete()

    def _models(self) -> list[Any]:
        return (
            list(apps.get_app_config(self.app).get_models()) if self.app in apps.app_configs else []
        )

    def _clear(self) -> None:
        for name in [name for name in sys.modules if name.partition(".")[0] == self.app]:
            del sys.modules[name]
        importlib.invalidate_caches()
        apps.all_models.pop(self.app, None)
        apps.clear_cache()
        disk_migrations.forget()

    # What tests look at.

    def migrate_all(self, *options: str) -> str:
        """What ``migrate_databases`` says of these databases, and the error if there is one."""
        names = [part for alias in sorted(self.databases) for part in ("--only", alias)]
        return self.said("migrate_databases", *names, *options)

    def said(self, *words: str, **options: Any) -> str:
        """What a command prints, and its error."""
        out = StringIO()
        try:
            call_command(*words, **options, stdout=out, stderr=out)
        except CommandError as error:
            out.write(str(error))
        return out.getvalue()

    def rows(self, table: str, column: str = "text") -> dict[str, list[str]]:
        """The values of a column in each database that has the table."""
        found = {}
        for alias in sorted(self.databases):
            connection = connections[alias]
            if table in connection.introspection.table_names():
                with connection.cursor() as cursor:
                    cursor.execute(f"SELECT {column} FROM {table} ORDER BY id")
                    found[alias] = [value for (value,) in cursor.fetchall()]
        return found

    def recorded(self) -> dict[str, list[str]]:
        """The app's migrations that each database has noted as applied."""
        return {
            alias: sorted(
                name
                for app, name in MigrationRecorder(connections[alias]).applied_migrations()
                if app == self.app
            )
            for alias in sorted(self.databases)
        }


@contextmanager
def no_connection_stays(alias: str) -> Iterator[None]:
    try:
        yield
    finally:
        connections[alias].close()
