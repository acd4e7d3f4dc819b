"""The keys of one model beside those of its table: what is unique, and where foreign keys lead."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import models

from manydb.legacy.drift.difference import Difference
from manydb.legacy.keyless import KeylessModel
from manydb.legacy.spelling import column_of, place
from manydb.legacy.tables import Table


def keys_drift(model: type[models.Model], table: Table) -> Iterator[Difference]:
    if issubclass(model, KeylessModel):
        return
    key = tuple(column_of(field) for field in model._meta.pk_fields)
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
    yield from _references(model, table)


def _references(model: type[models.Model], table: Table) -> Iterator[Difference]:
    fields: dict[str, Any] = {
        column_of(field): field for field in model._meta.local_concrete_fields
    }
    # A column may have several foreign keys, and a field only one.
    targets: dict[str, list[str]] = {}
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
    names: list[Sequence[str]] = [
        [field.name] for field in meta.local_concrete_fields if field.unique
    ]
    names += meta.unique_together
    names += [constraint.fields for constraint in meta.total_unique_constraints]
    return {_columns(map(meta.get_field, some)) for some in names} - {_columns(meta.pk_fields)}


def _columns(fields: Iterable[Any]) -> frozenset[str]:
    return frozenset(column_of(field).lower() for field in fields)
