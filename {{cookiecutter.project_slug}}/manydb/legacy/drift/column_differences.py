"""The columns of one model beside those of its table."""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.legacy.choices import TEXTS, Field, choose
from manydb.legacy.columns import (
    GeometryTextField,
    ReadOnlyTextField,
    ZeroDateField,
    ZeroDateTimeField,
)
from manydb.legacy.columns.raw import Raw
from manydb.legacy.dialects import dialect_of
from manydb.legacy.dialects.sqlite_types import family
from manydb.legacy.drift.difference import Difference
from manydb.legacy.drift.kinds import are_alike, kind_of
from manydb.legacy.fields import value_field
from manydb.legacy.keyless import KeylessModel
from manydb.legacy.spelling import column_of
from manydb.legacy.tables import Column, Table

# Fields that were chosen by what the rows hold, which this comparison does not look at.
_BY_ROWS = (Raw, GeometryTextField, ReadOnlyTextField, ZeroDateField, ZeroDateTimeField)


def column_drift(
    model: type[models.Model], table: Table, connection: BaseDatabaseWrapper
) -> Iterator[Difference]:
    fold = str.lower if connection.vendor != "postgresql" else str
    live = {fold(column.name): column for column in table.columns}
    fields = {fold(column_of(field)): field for field in model._meta.local_concrete_fields}
    for name, field in fields.items():
        if name not in live:
            yield column_of(field), "column", field.name, "missing"
        else:
            yield from _differences(field, live[name], connection.vendor)
    for name in live.keys() - fields.keys():
        yield live[name].name, "column", "no field", "extra"


def _differences(field: Any, column: Column, vendor: str) -> Iterator[Difference]:
    name = column.name
    target = value_field(field)
    here = choose(column, dialect_of(vendor), key=())
    here = here.arguments["output_field"] if here.kind == "GeneratedField" else here
    by_rows = isinstance(target, _BY_ROWS)
    kind = type(target).__name__
    # A column of SQLite holds whatever it is given, if its type says nothing.
    told = vendor != "sqlite" or family(column.type)
    if not by_rows and told and not are_alike(kind_of(kind), kind_of(here.kind), vendor):
        yield name, "type", kind, column.type
    free = issubclass(field.model, KeylessModel) or column.generated is not None
    if not free and not by_rows and column.nullable != field.null:
        yield name, "null", _null(field.null), _null(column.nullable)
    # A relation has the size of what it leads to, and Django no word for another.
    if not by_rows and not field.is_relation:
        yield from _sizes(target, here, column, vendor)


def _null(value: bool) -> str:
    return "null" if value else "not null"


def _sizes(field: Any, here: Field, column: Column, vendor: str) -> Iterator[Difference]:
    name = column.name
    if column.members:
        choices = [value for value, _ in getattr(field, "base_field", field).flatchoices]
        if choices and choices != list(column.members):
            yield name, "choices", ", ".join(map(str, choices)), ", ".join(column.members)
        return
    texts = isinstance(field, models.CharField | models.TextField)
    if texts and here.kind in TEXTS:
        length, ours = here.arguments.get("max_length"), field.max_length
        # SQLite's rows may be longer than declared, and then have a TextField.
        if length != ours and (ours or vendor != "sqlite"):
            yield name, "length", str(ours or "any"), str(length or "any")
    if isinstance(field, models.DecimalField) and column.precision and vendor != "sqlite":
        ours = field.max_digits, field.decimal_places
        live = here.arguments.get("max_digits"), here.arguments.get("decimal_places")
        if ours != live and here.kind == "DecimalField":
            yield name, "precision", "{}, {}".format(*ours), "{}, {}".format(*live)
