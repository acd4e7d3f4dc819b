"""Brings one database up to date."""

from io import StringIO
from typing import Any

from django.core.management import call_command
from django.core.management.commands.migrate import Command as Migrate
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration

from manydb.core.direct import passing
from manydb.core.disk_migrations import Key, missing
from manydb.core.locks import Locked, hold
from manydb.core.pending_migrations import applied
from manydb.core.routing import facts
from manydb.fleet.run_script import run_script


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
        progress = _Progress()
        try:
            if facts(connection.alias).get("TENANT"):
                run_script(connection, frozenset(found), progress)
            else:
                _migrate_with_django(connection, progress)
        except Exception as error:
            _say_what_to_do(error, connection, progress.migration)
            raise
    return lacking


class _Progress:
    """The progress callback that Django's executor calls; knows which migration is at work."""

    migration: Migration | None = None

    def __call__(self, action: str, migration: Migration | None = None, *args: Any) -> None:
        self.migration = migration if action == "apply_start" else None


def _migrate_with_django(connection: BaseDatabaseWrapper, progress: _Progress) -> None:
    """A shared database is one of a kind, and content types and permissions live there."""
    command = Migrate()
    command.migration_progress_callback = progress  # type: ignore[assignment, method-assign]
    call_command(
        command,
        database=connection.alias,
        interactive=False,
        verbosity=0,
        stdout=StringIO(),
        skip_checks=True,
    )


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
