"""What the newest rows hold that the fields of their models have no type for."""

import time
from collections.abc import Iterator
from typing import Any

from django.db import Error, models
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.legacy.deadline import SECONDS, TookTooLong, within
from manydb.legacy.drift.difference import Drift
from manydb.legacy.fields import is_of_its_type
from manydb.legacy.keyless import KeylessModel
from manydb.legacy.spelling import column_of, place
from manydb.legacy.tables import label_of

ROWS = 100
PATIENCE = 60.0  # seconds, for all tables of a database


def odd_values(
    connection: BaseDatabaseWrapper, legacy: list[type[models.Model]]
) -> Iterator[Drift]:
    """One of each column, in the last rows by their keys; tables that do not answer in time are passed over."""
    until = time.monotonic() + PATIENCE
    for model in legacy:
        if time.monotonic() > until:
            return
        label = label_of(place(model))
        try:
            with within(connection, SECONDS):
                rows = list(_newest(model, connection.alias))
        except TookTooLong:
            continue
        except (Error, ValueError, TypeError, ArithmeticError) as error:
            reason = " ".join(str(error).split())
            yield Drift(connection.alias, label, "", "rows", model._meta.label, reason)
            continue
        for field in model._meta.concrete_fields:
            values = (vars(row).get(field.attname) for row in rows)
            odd = next((value for value in values if not is_of_its_type(field, value)), None)
            if odd is not None:
                kind = type(field).__name__
                yield Drift(connection.alias, label, column_of(field), "value", kind, _cut(odd))


def _newest(model: type[models.Model], alias: str) -> Any:
    rows = model._base_manager.using(alias).defer(
        *(
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.BinaryField)
        )
    )
    if issubclass(model, KeylessModel):
        return rows.order_by()[:ROWS]
    return rows.order_by(*(f"-{field.attname}" for field in model._meta.pk_fields))[:ROWS]


def _cut(value: Any) -> str:
    text = repr(str(value))
    return text if len(text) <= 60 else f"{text[:60]}…"
