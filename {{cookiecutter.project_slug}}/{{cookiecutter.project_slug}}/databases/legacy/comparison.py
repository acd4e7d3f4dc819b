"""One model beside its table: columns, types, sizes, keys. Yields column, what, the model's and the live."""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from .choices import Field, choose
from .columns import (
    GeometryTextField,
    ReadOnlyTextField,
    ZeroDateField,
    ZeroDateTimeField,
)
from .columns.raw import Raw
from .dialects import dialect_of
from .dialects.sqlite_types import family
from .fields import value_field
from .keyless import KeylessModel
from .kinds import are_alike, kind_of
from .tables import Column, Name, Table

Difference = tuple[str, str, str, str]

# Fields that were chosen by what the rows hold, which this comparison does not look at.
_BY_ROWS = (Raw, GeometryTextField, ReadOnlyTextField, ZeroDateField, ZeroDateTimeField)


def place(model: type[models.Model]) -> Name:
    """The schema, empty for the search path's, and the table of a model."""
    name = model._meta.db_table.replace("%%", "%")
    if name.startswith('"') and '"."' in name:
        schema, _, table = name[1:-1].partition('"."')
        return schema, table
    return "", name


def _column_of(field: Any) -> str:
    return str(field.column).replace("%%", "%")


def column_drift(
    model: type[models.Model], table: Table, connection: BaseDatabaseWrapper
) -> Iterator[Difference]:
    fold = str.lower if connection.vendor != "postgresql" else str
    live = {fold(column.name): column for column in table.columns}
    fields = {fold(_column_of(field)): field for field in model._meta.local_concrete_fields}
    for name, field in fields.items():
        if name not in live:
            yield _column_of(field), "column", field.name, "missing"
        else:
            yield from _differences(field, live[name], table, connection)
    for name in live.keys() - fields.keys():
        yield live[name].name, "column", "no field", "extra"


def _differences(
    field: Any, column: Column, table: Table, connection: BaseDatabaseWrapper
) -> Iterator[Difference]:
    vendor, name = connection.vendor, column.name
    target = value_field(field)
    here = choose(column, dialect_of(vendor), key=())
    here = here.arguments["output_field"] if here.kind == "GeneratedField" else here
    by_rows = isinstance(target, _BY_ROWS)
    kind = type(target).__name__
    # A column of SQLite holds whatever it is given, if its type says nothing.
    told = vendor != "sqlite" or family(column.type)
    if not by_rows and told and not are_alike(kind_of(kind), kind_of(here.kind), vendor):
        yield name, "type", kind, column.type
    keyed = not issubclass(field.model, KeylessModel) and name not in table.key
    if keyed and column.generated is None and not by_rows and column.nullable != field.null:
        yield name, "null", _null(field.null), _null(column.nullable)
    # A relation has the size of what it leads to, and Django no word for another.
    if not by_rows and not field.is_relation:
        yield from _sizes(target, here, column, vendor)


def _null(value: bool) -> str:
    return "null" if value else "not null"


def _sizes(field: Any, here: Field, column: Column, vendor: str) -> Iterator[Difference]:
    name = column.name
    if column.members:
        choices = [value for value, _ in field.flatchoices]
        if choices and choices != list(column.members):
            yield name, "choices", ", ".join(map(str, choices)), ", ".join(column.members)
        return
    length = here.arguments.get("max_length")
    if isinstance(field, models.CharField) and length and field.max_length != length:
        yield name, "length", str(field.max_length), str(length)
    if isinstance(field, models.DecimalField) and column.precision and vendor != "sqlite":
        ours = field.max_digits, field.decimal_places
        live = here.arguments.get("max_digits"), here.arguments.get("decimal_places")
        if ours != live and here.kind == "DecimalField":
            yield name, "precision", "{}, {}".format(*ours), "{}, {}".format(*live)


def keys_drift(model: type[models.Model], table: Table) -> Iterator[Difference]:
    if issubclass(model, KeylessModel):
        return
    fields: dict[str, Any] = {
        str(field.column): field for field in model._meta.local_concrete_fields
    }
    key = tuple(_column_of(field) for field in model._meta.pk_fields)
    if set(map(str.lower, key)) != set(map(str.lower, table.key)):
        yield "", "primary key", ", ".join(key), ", ".join(table.key) or "none"
    ours = _unique(model)
    live = {frozenset(map(str.lower, columns)) for columns in table.unique}
    live -= {frozenset(map(str.lower, table.key))}
    made = {column.name.lower() for column in table.columns if column.generated is not None}
    live = {columns for columns in live if columns in ours or not columns & made}
    for columns in sorted(map(sorted, ours - live)):
        yield ", ".join(columns), "unique", "unique", "not unique"
    for columns in sorted(map(sorted, live - ours)):
        yield ", ".join(columns), "unique", "not unique", "unique"
    yield from _references(fields, table)


def _references(fields: dict[str, Any], table: Table) -> Iterator[Difference]:
    targets: dict[
        str, list[str]
    ] = {}  # a column may have several foreign keys, and a field only one
    for reference in table.references:
        if len(reference.columns) == 1:
            targets.setdefault(reference.columns[0], []).append(reference.table[1])
    for column, live in targets.items():
        field = fields.get(column)
        if field is None or not field.is_relation:
            continue
        _, target = place(field.target_field.model)
        if target.lower() not in map(str.lower, live):
            yield column, "foreign key", target, ", ".join(dict.fromkeys(live))


def _unique(model: type[models.Model]) -> set[frozenset[str]]:
    meta = model._meta
    column = {field.name: _column_of(field).lower() for field in meta.local_concrete_fields}
    column |= {field.attname: column[field.name] for field in meta.local_concrete_fields}
    sets = {frozenset([column[field.name]]) for field in meta.local_concrete_fields if field.unique}
    sets |= {frozenset(column[name] for name in names) for names in meta.unique_together}
    sets |= {
        frozenset(column[name] for name in constraint.fields)
        for constraint in meta.total_unique_constraints
    }
    return sets - {frozenset(column[field.name] for field in meta.pk_fields)}
