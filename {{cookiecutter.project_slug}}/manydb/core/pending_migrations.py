"""Which migrations a database has, found with one connection."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

from django.db import DatabaseError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from manydb.core.direct import direct
from manydb.core.disk_migrations import Key, missing
from manydb.core.routing import facts


def pending(connection: BaseDatabaseWrapper) -> list[Key]:
    """The migrations that a database lacks, found with one query.

    Raises:
        OperationalError: the database can't be reached.
    """
    return missing(applied(connection))


def applied(connection: BaseDatabaseWrapper) -> set[Key]:
    """Returns the migrations that a database has.

    Raises:
        OperationalError: the database can't be reached.
    """
    connection.ensure_connection()
    try:
        return set(MigrationRecorder(connection).migration_qs.values_list("app", "name"))
    except DatabaseError as error:
        # A database without the table has no migrations. One that went away just now has not answered.
        if isinstance(error, OperationalError) and "no such table" not in str(error):
            raise
        return set()


def pending_directly(
    alias: str, look: Callable[[Any, type[Exception]], None] = lambda session, error: None
) -> list[Key]:
    """Returns the migrations that a database lacks, over a direct connection that is closed afterwards.

    Django prepares a connection with up to four statements more (isolation level, time zone, server
    version): over a thousand databases that takes longer than the question itself. So the driver
    asks it, unless this thread has a connection open already.

    Args:
        look: called with the driver's connection to a database that has migrations, and the driver's error;
            not inside a transaction, which a statement that fails would end.

    Raises:
        OperationalError: the database can't be reached.
    """
    connection: Any = connections[alias]
    if connection.connection is not None:
        lacked = pending(connection)
        if connection.in_atomic_block:
            return lacked
        if connection.connection is not None:
            look(connection.connection, connection.Database.Error)
            return lacked
        # It was given up meanwhile: a tenant's that is not claimed is not opened again.
    if facts(alias).get("TENANT"):
        del connections[alias]  # nothing was opened, and there may be thousands
    connection = direct(connection)
    with connection.wrap_database_errors:
        opened = connection.get_new_connection(connection.get_connection_params())
    with closing(opened), closing(opened.cursor()) as cursor:
        try:
            with connection.wrap_database_errors:
                cursor.execute("SELECT app, name FROM django_migrations")
        except DatabaseError:
            return missing(set())
        lacked = missing(set(cursor.fetchall()))
        with connection.wrap_database_errors:
            look(opened, connection.Database.Error)  # the last statement: it may fail
        return lacked
