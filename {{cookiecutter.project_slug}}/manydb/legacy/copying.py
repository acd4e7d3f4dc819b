"""Rows of a legacy table, copied to a managed model until both have the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.management.color import no_style
from django.db import connections, models, transaction

from manydb.core.routing import PER_TENANT, home_of
from manydb.legacy.keyless import KeylessModel

AT_ONCE = 500  # rows

Model = type[models.Model]
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows were new, were different, and are the same now."""

    new: int
    changed: int
    rows: int


def copy_rows(source: Model, target: Model) -> Copied:
    """Makes the rows of ``target`` those of ``source``, a few hundred at a time, and compares all of them.

    May be repeated, also after it was interrupted: rows that are there already are compared, and those that have
    changed since then are copied again.

    Raises:
        ValueError: the models don't fit each other, the target has rows that the source lacks, or they still differ.
    """
    names = _names(source, target)
    new = changed = 0
    with transaction.atomic(using=home_of(target)):
        for batch in _batches(source, names):
            there = _rows(target, names, list(batch))
            missing = [row for key, row in batch.items() if key not in there]
            other = [row for key, row in batch.items() if there.get(key, row) != row]
            _manager(target).bulk_create(_objects(target, names, missing))
            values = [name for name in names if name not in _key(target)]
            if other:
                _manager(target).bulk_update(_objects(target, names, other), values)
            new, changed = new + len(missing), changed + len(other)
        rows = _compare(source, target, names)
        _reset_numbers(target)
    return Copied(new, changed, rows)


def _names(source: Model, target: Model) -> list[str]:
    """The attributes of both, the key's among them."""
    if issubclass(source, KeylessModel):
        raise ValueError(
            f"{source._meta.label} has no key, so its rows can't be told apart: copy them with SQL."
        )
    ours = {field.attname: field for field in target._meta.concrete_fields if field.column}
    theirs = [field.attname for field in source._meta.concrete_fields if field.column]
    if lost := [name for name in theirs if name not in ours]:
        raise ValueError(
            f"{target._meta.label} has no {', '.join(lost)}, so these values would be lost: add the fields."
        )
    if _key(source) != _key(target):
        raise ValueError(
            f"The key of {target._meta.label} is {', '.join(_key(target))}, and that of {source._meta.label} "
            f"{', '.join(_key(source))}: give both the same."
        )
    if not target._meta.managed or home_of(target) in (home_of(source), PER_TENANT):
        raise ValueError(
            f"{target._meta.label} is not a managed model that is shared and in another database than "
            f"{source._meta.label}. Name such a model."
        )
    return theirs


def _key(model: Model) -> list[str]:
    return [field.attname for field in model._meta.pk_fields]


def _manager(model: Model) -> Any:
    return model._base_manager.using(home_of(model))


def _batches(source: Model, names: list[str]) -> Iterator[dict[Key, Key]]:
    """Some rows by their keys, in the order of these."""
    rows = _manager(source).order_by(*_key(source)).values_list(*names)
    places = [names.index(name) for name in _key(source)]
    batch: dict[Key, Key] = {}
    for row in rows.iterator(chunk_size=AT_ONCE):
        batch[tuple(row[place] for place in places)] = tuple(row)
        if len(batch) == AT_ONCE:
            yield batch
            batch = {}
    if batch:
        yield batch


def _rows(target: Model, names: list[str], keys: list[Key]) -> dict[Key, Key]:
    wanted = keys if len(_key(target)) > 1 else [key for (key,) in keys]
    places = [names.index(name) for name in _key(target)]
    return {
        tuple(row[place] for place in places): tuple(row)
        for row in _manager(target).filter(pk__in=wanted).values_list(*names)
    }


def _objects(target: Model, names: list[str], rows: list[Key]) -> list[models.Model]:
    return [target(**dict(zip(names, row, strict=True))) for row in rows]


def _compare(source: Model, target: Model, names: list[str]) -> int:
    rows = 0
    for batch in _batches(source, names):
        there = _rows(target, names, list(batch))
        for key, row in batch.items():
            if there.get(key) != row:
                raise ValueError(
                    f"The row {', '.join(map(str, key))} of {source._meta.label} differs in {target._meta.label}, "
                    "so nothing was copied. Give both models the same fields. If the row changed meanwhile, run this again."
                )
        rows += len(batch)
    if (count := _manager(target).count()) != rows:
        raise ValueError(
            f"{target._meta.label} has {count} rows and {source._meta.label} {rows}, so nothing was copied: delete "
            "those that the other lacks."
        )
    return rows


def _reset_numbers(target: Model) -> None:
    """The next automatic number comes after those that were copied."""
    connection = connections[home_of(target)]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [target]):
            cursor.execute(statement)
