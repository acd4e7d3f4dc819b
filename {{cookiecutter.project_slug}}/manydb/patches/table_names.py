"""The table and the columns of a model are given other names than its class says.

Models of legacy tables say ``schema"."table``, which SQLite has no schemas for. They say ``%%`` where a name has a
``%``, as SQL is a format where Django runs it, though not where it creates tables. A model has one ``db_table``
for all that is done with it, so it is written to. No ticket known.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import Field, Model
from django.db.models.expressions import Col
from django.db.models.options import Options

from manydb.patches import Patch, expect, has, uses


def rename_table(model: type[Model], name: str) -> None:
    model._meta.db_table = name


def rename_column(field: Any, name: str) -> None:
    """Makes it the name as the field has it and as migrations would."""
    field.column = field.db_column = name


@contextmanager
def renamed(model: type[Model], table: str, column_of: Callable[[Any], str]) -> Iterator[None]:
    """Inside, the table has this name, and each column the name that ``column_of`` gives its field."""
    meta = model._meta
    fields: list[Any] = list(meta.local_concrete_fields)
    before = meta.db_table, [field.column for field in fields]
    meta.db_table = table
    for field in fields:
        field.column = column_of(field)
    try:
        yield
    finally:
        meta.db_table, columns = before
        for field, column in zip(fields, columns, strict=True):
            field.column = column


def _expects() -> None:
    has(Options(None), "db_table")
    expect("db_table" not in vars(Options), "db_table is written to like any attribute")
    expect("column" not in vars(Field), "column is written to like any attribute")
    uses(Field.set_attributes_from_name, "column")
    uses(Col.as_sql, "column")  # when SQL is made


PATCH = Patch("table_names", tried=("5.2", "6.1"), expects=_expects)
