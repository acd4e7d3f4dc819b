"""Whether the account may read a table: on a server, one that it may not read looks as if it were not there."""

from typing import Any

from django.db import Error, models
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.legacy.deadline import SECONDS, TookTooLong, within
from manydb.legacy.drift.difference import Difference
from manydb.legacy.spelling import column_of, table_of

_DENIED = {"42501", 1142, 1143}  # of PostgreSQL, and MySQL's for a table and for a column


def denied(connection: BaseDatabaseWrapper, model: type[models.Model]) -> list[Difference]:
    """The table, or its columns, that the server does not let the account read; empty if that is not the reason."""
    if connection.vendor == "sqlite":
        return []
    said = f"not granted to {connection.settings_dict['USER']}"
    if _is_denied(connection, model, "1"):
        return [("", "table", model._meta.label, said)]
    return [
        (column_of(field), "column", field.name, said)
        for field in model._meta.local_concrete_fields
        if field.column
        and _is_denied(connection, model, connection.ops.quote_name(column_of(field)))
    ]


def _is_denied(connection: BaseDatabaseWrapper, model: type[models.Model], wanted: str) -> bool:
    table = connection.ops.quote_name(table_of(model))
    try:
        with within(connection, SECONDS), connection.cursor() as cursor:
            cursor.execute(f"SELECT {wanted} FROM {table} WHERE 1 = 0")  # noqa: S608  names are quoted
    except TookTooLong:
        return False
    except Error as error:
        return not _DENIED.isdisjoint(_codes(error))
    return False


def _codes(error: Error) -> set[Any]:
    return {getattr(error.__cause__, "sqlstate", None), *error.args[:1]}
