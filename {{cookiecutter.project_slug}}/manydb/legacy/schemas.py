"""Tables of other schemas where there is a database made for tests, on PostgreSQL or on SQLite."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from manydb.core.routing import facts, home_of
from manydb.legacy.identifiers import unique
from manydb.legacy.spelling import column_of, place, spelled, table_of
from manydb.legacy.tables import label_of


def flatten() -> None:
    """On SQLite, which has no schemas, ``sales.orders`` becomes the name of a table.

    Nor does it tell names apart by their case, so of two such one gets a number. A legacy database that is
    SQLite itself has neither.
    """
    taken: dict[str, set[str]] = {}
    for model in apps.get_models():
        alias = home_of(model)
        meta = model._meta
        if meta.managed or meta.proxy or not str(facts(alias).get("ENGINE")).endswith(".sqlite3"):
            continue
        tables = taken.setdefault(alias, set())
        name = unique(label_of(place(model)).lower(), tables)
        tables.add(name)
        if place(model)[0] or name != meta.db_table.lower():
            meta.db_table = spelled(name)
        columns: set[str] = set()
        for field in meta.local_concrete_fields:
            column = unique(str(field.column).lower(), columns)
            columns.add(column)
            if column != str(field.column).lower():
                field.column = field.db_column = column


@contextmanager
def unescaped(model: type[Model]) -> Iterator[None]:
    """Names with ``%`` are spelled ``%%`` in a model, as queries are formats. CREATE TABLE is none."""
    meta = model._meta
    fields, table = meta.local_concrete_fields, meta.db_table
    columns = [field.column for field in fields]
    meta.db_table = table_of(model)
    for field in fields:
        field.column = column_of(field)
    try:
        yield
    finally:
        meta.db_table = table
        for field, column in zip(fields, columns, strict=True):
            field.column = column


def has_table(model: type[Model], connection: BaseDatabaseWrapper, listed: set[str]) -> bool:
    """Whether it is there already; a schema for it is made if need be."""
    schema, table = place(model)
    if connection.vendor != "postgresql" or not schema:
        return table in listed
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {connection.ops.quote_name(schema)}")
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [model._meta.db_table])
        return bool(cursor.fetchone()[0])
