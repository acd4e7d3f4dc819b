"""Loads ``legacy/<app>/<engine>.sql`` into databases that have none of its tables yet."""

from contextlib import suppress
from pathlib import Path

import sqlparse
from django.apps import AppConfig, apps
from django.db import DatabaseError, Error, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core.migrated_aliases import has_tables_of_ours
from manydb.core.project import base_dir
from manydb.core.routing import PER_TENANT, facts, home_of_app, is_made_here, primaries


def load_samples() -> list[str]:
    """Loads what is missing, and never over a table that is there.

    Returns:
        ``<alias>: <app>`` for each sample that was loaded.
    """
    return [
        f"{alias}: {app.label}"
        for alias in primaries()
        if is_made_here(alias)
        for app, path in _samples_for(alias)
        if _load(connections[alias], app, path)
    ]


def create_tables(alias: str) -> None:
    """Creates in one database the tables that ``load_samples`` creates, and leaves them empty."""
    for app, path in _samples_for(alias):
        _load(connections[alias], app, path, rows=False)


def _samples_for(alias: str) -> list[tuple[AppConfig, Path]]:
    found = []
    for app in apps.get_app_configs():
        path = base_dir() / "legacy" / app.label / f"{connections[alias].vendor}.sql"
        home = home_of_app(app.label)
        if path.exists() and (home == alias or (home == PER_TENANT and facts(alias).get("TENANT"))):
            found.append((app, path))
    return found


def _load(
    connection: BaseDatabaseWrapper, app: AppConfig, path: Path, *, rows: bool = True
) -> bool:
    models = {model._meta.db_table for model in app.get_models() if not model._meta.managed}
    mark = f"{app.label}_half_loaded"
    before = set(connection.introspection.table_names())
    if mark in before:  # none of its tables was there when that began
        _drop(connection, before & {mark, *models}, last=mark)
        before -= {mark, *models}
    if before & models or (before and not has_tables_of_ours(connection.alias)):
        return False  # its tables are there, or it is a database that another system has filled
    statements = sqlparse.split(path.read_text(encoding="utf-8"))
    if not rows:
        statements = [sql for sql in statements if sqlparse.parse(sql)[0].get_type() != "INSERT"]
    if not connection.features.can_rollback_ddl:
        # MySQL commits every CREATE TABLE. Whatever ends this early, the next run finds the mark.
        name = connection.ops.quote_name(mark)
        statements = [f"CREATE TABLE {name} (id int)", *statements, f"DROP TABLE {name}"]
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    except Error as error:
        if not connection.features.can_rollback_ddl:
            with suppress(Error):  # the server itself may be away
                made = set(connection.introspection.table_names()) - before
                _drop(connection, made, last=mark)
        where = path.relative_to(base_dir()).as_posix()
        raise DatabaseError(f"{where} in {connection.alias}: {error}") from error
    return True


def _drop(connection: BaseDatabaseWrapper, tables: set[str], last: str) -> None:
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for table in sorted(tables, key=lambda table: table == last):
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}")
