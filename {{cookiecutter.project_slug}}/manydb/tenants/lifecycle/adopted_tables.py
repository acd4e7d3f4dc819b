"""Whether the tables of a database fit to the code that is to work on them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import CreateModel
from django.db.models import Model

from manydb.core.disk_migrations import Key, missing, on_disk
from manydb.core.routing import lives_in_tenants

_MIGRATIONS = "django_migrations"


@dataclass(frozen=True, slots=True)
class Fit:
    """What was found: reasons against it, migrations that it lacks, and rows there that are not read."""

    misfits: list[str]
    lacks: list[Key]
    models: int  # of tenants
    tables: int  # of these, which are here
    shared: dict[str, int]  # the models that live in another database, with the rows that are here


def fit_of(connection: BaseDatabaseWrapper) -> Fit:
    """Compares a database with the models of tenants and the migrations of the code; changes nothing."""
    tables = set(connection.introspection.table_names())
    models = [
        model
        for model in _with_tables()
        if lives_in_tenants(model) and model._meta.app_label in on_disk().migrated_apps
    ]
    if _MIGRATIONS not in tables:
        return Fit(
            [f"it has no table {_MIGRATIONS}, as Django's databases have"], [], len(models), 0, {}
        )
    lacks = missing(_applied(connection))
    unfinished = {app for app, _ in lacks}
    misfits = [
        *_not_recorded(lacks, tables),
        *(
            misfit
            for model in models
            if model._meta.app_label not in unfinished
            for misfit in _misfits(connection, model, tables)
        ),
    ]
    here = [model for model in models if model._meta.db_table in tables]
    return Fit(misfits, lacks, len(models), len(here), _shared_rows(connection, tables))


def _applied(connection: BaseDatabaseWrapper) -> set[Key]:
    """Not by Django's recorder, which would ask ``connections`` for the alias of a tenant that is not there yet."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT app, name FROM {_MIGRATIONS}")  # noqa: S608  a constant
        return set(cursor.fetchall())


def _with_tables() -> Iterator[type[Model]]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            yield model


def _misfits(
    connection: BaseDatabaseWrapper, model: type[Model], tables: set[str]
) -> Iterator[str]:
    table = model._meta.db_table
    if table not in tables:
        yield f"{model._meta.label} has no table {table} there"
        return
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    there = {column.name.lower() for column in described}
    for field in model._meta.local_concrete_fields:
        if str(field.column).lower() not in there:
            yield f"the table {table} has no column {field.column}"


def _not_recorded(lacks: list[Key], tables: set[str]) -> Iterator[str]:
    """Tables that a migration is to make which was not recorded there."""
    for key in lacks:
        for operation in on_disk().disk_migrations[key].operations:
            if not isinstance(operation, CreateModel) or not operation.options.get("managed", True):
                continue
            table = operation.options.get("db_table") or f"{key[0]}_{operation.name_lower}"
            if table in tables and not _is_swapped_or_gone(key[0], operation.name_lower):
                yield (
                    f"it has the table {table} and not the migration {key[0]}.{key[1]}, which makes it "
                    f"(migrate {key[0]} --fake-initial records it)"
                )


def _is_swapped_or_gone(app_label: str, name: str) -> bool:
    try:
        model = apps.get_model(app_label, name)
    except LookupError:
        return True
    return bool(model._meta.swapped) or not lives_in_tenants(model)


def _shared_rows(connection: BaseDatabaseWrapper, tables: set[str]) -> dict[str, int]:
    rows = {}
    with connection.cursor() as cursor:
        for model in _with_tables():
            table = model._meta.db_table
            if lives_in_tenants(model) or model._meta.swapped or table not in tables:
                continue
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
            if count := cursor.fetchone()[0]:
                rows[model._meta.label] = int(count)
    return rows
