"""Brings one database up to date."""

from collections.abc import Callable
from functools import lru_cache
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.core.management.commands.migrate import Command as Migrate
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from ..direct import passing
from ..locks import Locked, hold
from ..routing import facts
from .disk import Key, missing
from .look import applied
from .scripts import Script, apps_here


class AnotherRun(Exception):
    """Another run migrates the same database."""


def migrate(alias: str, wait: float = 0) -> list[Key]:
    """Brings one database up to date, past the pooler, unless another run does so just now.

    Args:
        wait: seconds to wait for that other run to be done with it.

    Returns:
        the migrations that it lacked; none if it was current and nothing was done.

    Raises:
        AnotherRun: it was not done within ``wait``.
        Exception: whatever a migration raises, with its name as a note.
    """
    with passing(alias) as connection:
        try:
            with hold(connection, f"migrate {connection.settings_dict['NAME']}", wait=wait):
                return _migrate(connection)
        except Locked as held:
            raise AnotherRun(f"{held} migrates it just now: run this again later.") from None


def _migrate(connection: BaseDatabaseWrapper) -> list[Key]:
    found = applied(connection)
    if lacking := missing(found):
        running = _Running()
        way = _with_a_script if facts(connection.alias).get("TENANT") else _with_django
        try:
            way(connection, frozenset(found), running)
        except Exception as error:
            _say_what_to_do(error, connection, running.migration)
            raise
    return lacking


class _Running:
    """The progress callback that Django's executor calls; knows which migration is at work."""

    migration: Migration | None = None

    def __call__(self, action: str, migration: Migration | None = None, *args: Any) -> None:
        self.migration = migration if action == "apply_start" else None


def _with_django(connection: BaseDatabaseWrapper, found: frozenset[Key], running: _Running) -> None:
    """A shared database is one of a kind, and content types and permissions live there."""
    command = Migrate()
    command.migration_progress_callback = running  # type: ignore[assignment, method-assign]
    call_command(
        command,
        database=connection.alias,
        interactive=False,
        verbosity=0,
        stdout=StringIO(),
        skip_checks=True,
    )


def _with_a_script(
    connection: BaseDatabaseWrapper, found: frozenset[Key], running: _Running
) -> None:
    script = _script(connection, found)
    signals: dict[str, Any] = {
        "verbosity": 0,
        "interactive": False,
        "db": connection.alias,
        "plan": script.plan,
    }
    connection.prepare_database()
    emit_pre_migrate_signal(**signals, apps=script.state.apps)
    executor = _Executor(connection, running, script.loader)
    executor.recorder.ensure_schema()
    for before, migration in script.steps.run:
        executor.note(before)
        executor.apply_migration(ProjectState(), migration)
    executor.note(script.steps.noted_last)
    if script.loader.replacements:
        executor.check_replacements()
    emit_post_migrate_signal(**signals)


class _Executor(MigrationExecutor):
    """Django's executor, with a migration graph that was read before."""

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        progress_callback: Callable[..., None],
        loader: MigrationLoader,
    ) -> None:
        self.connection = connection
        self.loader = loader
        self.recorder = MigrationRecorder(connection)
        self.progress_callback = progress_callback

    def note(self, keys: list[Key]) -> None:
        """Notes migrations that have nothing to do here, all at once."""
        rows = [self.recorder.Migration(app=app, name=name) for app, name in keys]
        self.recorder.migration_qs.bulk_create(rows)


def _script(connection: BaseDatabaseWrapper, found: frozenset[Key]) -> Script:
    kept = _kept(found, apps_here(connection.alias))
    if not kept:
        kept.append(Script(connection))
    return kept[0]


@lru_cache(maxsize=4)  # a script holds the models of all its operations
def _kept(found: frozenset[Key], here: frozenset[str]) -> list[Script]:
    """A place for the script of databases that have these migrations and tables of these apps."""
    return []


def _say_what_to_do(
    error: Exception, connection: BaseDatabaseWrapper, migration: Migration | None
) -> None:
    if migration is None:  # it failed before the first one, or after the last
        return
    error.add_note(f"({migration})")
    if not (connection.features.can_rollback_ddl and migration.atomic):
        error.add_note(
            f"({connection.display_name} keeps what this migration had done before: undo that by "
            "hand and run it again or, in development, drop the database and run python manage.py "
            "bootstrap.)"
        )
