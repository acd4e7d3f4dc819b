"""Migrates one database."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from time import sleep
from typing import Any

from django.core.management import call_command
from django.core.management.commands.migrate import Command as Migrate
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration

from manydb.core.direct import passing, past_the_pooler
from manydb.core.disk_migrations import Key, missing
from manydb.core.lock_retries import ATTEMPTS, PAUSE, may_begin_again, patient_with_locks
from manydb.core.locks import Locked, hold, leased
from manydb.core.migrating import migrating
from manydb.core.pending_migrations import applied
from manydb.core.placement import shared_alias
from manydb.core.routing import facts
from manydb.fleet.admin_account import as_admin
from manydb.fleet.run_script import run_script
from manydb.fleet.targets import Target, steps_to


class AnotherRun(Exception):
    """Another run is migrating the same database."""


def migrate(alias: str, wait: float = 0, target: Target | None = None) -> list[Key]:
    """Migrates one database over a direct connection, unless another run is migrating it.

    Args:
        wait: seconds to wait for the other run.
        target: how far to go with one app, or back; None for all that is missing.

    Returns:
        the migrations that were applied or taken back; an empty list if there was nothing to do.

    Raises:
        AnotherRun: the other run took longer than ``wait``.
        Exception: a migration raised it. It has the name of the migration as a note.
    """
    with passing(alias, as_admin) as connection, migrating(alias):
        try:
            name = connection.settings_dict["NAME"]
            with (
                hold(connection, f"migrate {name}", wait=wait),
                _leased(alias, f"migrate {name}", wait),
                patient_with_locks(connection),
            ):
                return _until_unlocked(connection, target)
        except Locked as held:
            raise AnotherRun(f"{held} is migrating it. Run this again later.") from held


@contextmanager
def _leased(alias: str, name: str, wait: float) -> Iterator[None]:
    """Excludes runs on other nodes. A tenant's has the tenant's lease, a template's that of templates."""
    if facts(alias).get("TENANT"):
        yield
        return
    with past_the_pooler(shared_alias()) as shared, leased(shared, name, wait=wait):
        yield


def _until_unlocked(connection: BaseDatabaseWrapper, target: Target | None) -> list[Key]:
    """Migrates it, again if a lock was not to be had in time: who waits for one holds up all that come later."""
    found = applied(connection)
    lacking = steps_to(connection, target)[0] if target else missing(found)
    for left in reversed(range(ATTEMPTS)):
        try:
            if lacking:
                _migrate(connection, found, target)
            break
        except OperationalError as error:
            if not left or not may_begin_again(connection, error):
                raise
            sleep(PAUSE)
            found = applied(connection)
    return lacking


def _migrate(connection: BaseDatabaseWrapper, found: set[Key], target: Target | None) -> None:
    progress = _Progress()
    try:
        if target:
            _migrate_with_django(connection, progress, **target.options)
        elif facts(connection.alias).get("TENANT"):
            run_script(connection, frozenset(found), progress)
        else:
            _migrate_with_django(connection, progress)
    except Exception as error:
        _add_advice(error, connection, progress.migration)
        raise


class _Progress:
    """The progress callback of Django's executor. ``migration`` is the one that is being applied."""

    migration: Migration | None = None

    def __call__(self, action: str, migration: Migration | None = None, *args: Any) -> None:
        self.migration = migration if action in ("apply_start", "unapply_start") else None


def _migrate_with_django(
    connection: BaseDatabaseWrapper, progress: _Progress, **options: Any
) -> None:
    """Migrates a database by Django's command, which also creates content types and permissions."""
    command = Migrate()
    command.migration_progress_callback = progress  # type: ignore[assignment, method-assign]
    call_command(
        command,
        database=connection.alias,
        interactive=False,
        verbosity=0,
        stdout=StringIO(),
        skip_checks=True,
        **options,
    )


def _add_advice(
    error: Exception, connection: BaseDatabaseWrapper, migration: Migration | None
) -> None:
    if migration is None:  # it failed before the first migration, or after the last
        return
    error.add_note(f"({migration})")
    if not (connection.features.can_rollback_ddl and migration.atomic):
        error.add_note(
            f"({connection.display_name} keeps what this migration had done before: undo that by "
            "hand and run it again or, in development, drop the database and run python manage.py "
            "bootstrap.)"
        )
