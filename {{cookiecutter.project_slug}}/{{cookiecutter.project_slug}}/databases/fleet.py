"""Migrations over many databases: who has any, who is behind, and bringing one up to date."""

from collections.abc import Iterable
from functools import cache
from io import StringIO

from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from .direct import past_the_pooler
from .routing import primaries

Key = tuple[str, str]  # app label, migration name


def has_tables_of_ours(alias: str) -> bool:
    """Whether any managed model lives there. A legacy database has none, and is not touched at all."""
    return any(
        router.allow_migrate_model(alias, model)
        for model in apps.get_models(include_auto_created=True)
    )


def migrated_aliases() -> list[str]:
    """The primaries that migrations are for, in the order of ``DATABASES``."""
    return [alias for alias in primaries() if has_tables_of_ours(alias)]


@cache
def _on_disk() -> MigrationLoader:
    return MigrationLoader(None)  # read once a process; the files don't change while it runs


def pending(connection: BaseDatabaseWrapper) -> list[Key]:
    """The migrations that a database lacks, found with one query.

    Raises:
        OperationalError: the database can't be reached.
    """
    connection.ensure_connection()
    try:
        rows: Iterable[Key] = MigrationRecorder(connection).migration_qs.values_list("app", "name")
        applied = set(rows)
    except DatabaseError:  # a database without the table has no migrations
        applied = set()
    missing = set(_on_disk().disk_migrations) - applied
    for key, migration in _on_disk().disk_migrations.items():
        replaced = set(migration.replaces)
        if replaced and replaced <= applied:
            missing.discard(key)
        if key in applied:
            missing -= replaced
    return sorted(missing)


def migrate(alias: str) -> list[Key]:
    """Brings one database up to date, past the pooler.

    Returns:
        the migrations that it lacked; none if it was current and nothing was done.
    """
    with past_the_pooler(alias) as connection:
        missing = pending(connection)
        if missing:
            _migrate(connection)
        return missing


def _migrate(connection: BaseDatabaseWrapper) -> None:
    try:
        call_command(
            "migrate",
            database=connection.alias,
            interactive=False,
            verbosity=0,
            stdout=StringIO(),
            skip_checks=True,
        )
    except Exception as error:
        if not connection.features.can_rollback_ddl:
            error.add_note(
                "(MySQL keeps what this migration had done before: undo that by hand and run it "
                "again or, in development, drop the database and run python manage.py bootstrap.)"
            )
        raise
