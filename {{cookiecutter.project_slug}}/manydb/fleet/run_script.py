"""Runs a prepared migration script in one tenant's database."""

from collections.abc import Callable
from typing import Any

from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from manydb.core.disk_migrations import Key, kept_with_migrations
from manydb.core.operations import apps_here
from manydb.fleet.scripts import Script


def run_script(
    connection: BaseDatabaseWrapper, found: frozenset[Key], progress: Callable[..., None]
) -> None:
    """Migrates a database that has these migrations, with the signals that ``manage.py migrate`` sends."""
    script = _script(connection, found)
    signals: dict[str, Any] = {
        "verbosity": 0,
        "interactive": False,
        "db": connection.alias,
        "plan": script.plan,
    }
    connection.prepare_database()
    emit_pre_migrate_signal(**signals, apps=script.state.apps)
    executor = _Executor(connection, progress, script.loader)
    executor.recorder.ensure_schema()
    for before, migration in script.steps.run:
        executor.note(before)
        executor.apply_migration(ProjectState(), migration)
    executor.note(script.steps.recorded_last)
    if script.loader.replacements:
        executor.check_replacements()
    emit_post_migrate_signal(**signals, apps=script.apps_after)


class _Executor(MigrationExecutor):
    """Django's executor, with a migration graph that is read once per process."""

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        progress: Callable[..., None],
        loader: MigrationLoader,
    ) -> None:
        self.connection = connection
        self.loader = loader
        self.recorder = MigrationRecorder(connection)
        self.progress_callback = progress

    def note(self, keys: list[Key]) -> None:
        """Records migrations without operations for this database as applied, in one statement."""
        rows = [self.recorder.Migration(app=app, name=name) for app, name in keys]
        self.recorder.migration_qs.bulk_create(rows)


def _script(connection: BaseDatabaseWrapper, found: frozenset[Key]) -> Script:
    kept = _kept(found, apps_here(connection.alias))
    if not kept:
        kept.append(Script(connection))
    return kept[0]


@kept_with_migrations(maxsize=4)  # a script holds the models of all its operations
def _kept(found: frozenset[Key], here: frozenset[str]) -> list[Script]:
    """Returns the cached list for the script of databases with these migrations and tables of these apps."""
    return []
