"""Tables of other schemas where there is a database made for tests, on PostgreSQL or on SQLite."""

from contextlib import AbstractContextManager

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from manydb.core.entries import vendor
from manydb.core.routing import facts, home_of
from manydb.legacy.identifiers import unique
from manydb.legacy.spelling import column_of, place, spelled, table_of
from manydb.legacy.tables import label_of
from manydb.patches.table_names import rename_column, rename_table, renamed


def flatten() -> None:
    """On SQLite, which has no schemas, ``sales.orders`` becomes the name of a table.

    Nor does it tell names apart by their case, so of two such one gets a number. A legacy database that is
    SQLite itself has neither.
    """
    taken: dict[str, set[str]] = {}
    for model in apps.get_models():
        alias = home_of(model)
        meta = model._meta
        if meta.managed or meta.proxy or vendor(facts(alias)) != "sqlite":
            continue
        tables = taken.setdefault(alias, set())
        name = unique(label_of(place(model)).lower(), tables)
        tables.add(name)
        if place(model)[0] or name != meta.db_table.lower():
            rename_table(model, spelled(name))
        columns: set[str] = set()
        for field in meta.local_concrete_fields:
            column = unique(str(field.column).lower(), columns)
            columns.add(column)
            if column != str(field.column).lower():
                rename_column(field, column)


def unescaped(model: type[Model]) -> AbstractContextManager[None]:
    """Names with ``%`` are spelled ``%%`` in a model, as queries are formats. CREATE TABLE is none."""
    return renamed(model, table_of(model), column_of)


def has_table(model: type[Model], connection: BaseDatabaseWrapper, listed: set[str]) -> bool:
    """Whether it is there already; a schema for it is made if need be."""
    schema, table = place(model)
    if connection.vendor != "postgresql" or not schema:
        return table in listed
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {connection.ops.quote_name(schema)}")
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [model._meta.db_table])
        return bool(cursor.fetchone()[0])
