"""The keys of one model beside those of its table: what is unique, and where foreign keys lead."""

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any

from django.db import models

from manydb.legacy.drift.difference import Difference
from manydb.legacy.kept import base_of, is_owners
from manydb.legacy.keyless import KeylessModel
from manydb.legacy.spelling import column_of, place
from manydb.legacy.tables import Name, Table, label_of


def keys_drift(
    model: type[models.Model], table: Table, not_related: Container[str] | None
) -> Iterator[Difference]:
    """``not_related`` are foreign keys without a relation on purpose; None if the model was written by hand."""
    if not issubclass(model, KeylessModel):
        yield from _keys(model, table)
    elif table.key and not table.view:
        yield "", "primary key", "none", ", ".join(table.key)
    yield from _references(model, table, not_related)


def _keys(model: type[models.Model], table: Table) -> Iterator[Difference]:
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


def _references(
    model: type[models.Model], table: Table, not_related: Container[str] | None
) -> Iterator[Difference]:
    # A column may have several foreign keys, and a field only one.
    live: dict[tuple[str, ...], list[Name]] = {}
    for reference in table.references:
        live.setdefault(_folded(reference.columns), []).append(reference.table)
    ours = {_folded(_columns_of(field)): field for field in _relations(model)}
    for columns, targets in live.items():
        there = ", ".join(dict.fromkeys(map(label_of, targets)))
        if field := ours.get(columns):
            target = place(field.foreign_related_fields[0].model)
            if _lower(target) not in map(_lower, targets):
                yield ", ".join(columns), "foreign key", label_of(target), there
        elif not_related is not None and not _on_purpose(model, table, columns, not_related):
            yield ", ".join(columns), "foreign key", "none", there
    if not_related is None:
        return
    for columns, field in ours.items():
        if columns not in live and not _by_hand(model, field):
            target = place(field.foreign_related_fields[0].model)
            yield ", ".join(columns), "foreign key", label_of(target), "none"


def _on_purpose(
    model: type[models.Model],
    table: Table,
    columns: tuple[str, ...],
    not_related: Container[str],
) -> bool:
    """Whether there is no relation because it could not be one, or because the owner's field is another."""
    if f"{table.label} ({', '.join(columns)})".lower() in not_related:
        return True
    return any(
        _folded([column_of(field)]) == columns and _by_hand(model, field)
        for field in model._meta.local_concrete_fields
    )


def _relations(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.local_fields if field.is_relation]


def _columns_of(field: Any) -> list[str]:
    return [column_of(each) for each in field.local_related_fields]


def _by_hand(model: type[models.Model], field: Any) -> bool:
    """Whether the owner's class declares a field itself: its relation need not be the database's."""
    base = base_of(model)
    return base is not None and is_owners(field, base)


def _folded(columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(column.lower() for column in columns)


def _lower(name: Name) -> Name:
    return name[0].lower(), name[1].lower()


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
