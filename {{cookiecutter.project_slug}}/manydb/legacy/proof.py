"""Tries the module before it is written: imports it, checks it, and reads rows through every model."""

from collections.abc import Container, Iterator
from typing import Any

from django.core.checks import ERROR
from django.core.exceptions import ValidationError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import isolate_apps

from manydb.legacy.deadline import SECONDS, TookTooLong, within
from manydb.legacy.fields import is_of_its_type, value_field
from manydb.legacy.model import Model, Plan

ROWS = 20


def prove(
    source: str, plan: Plan, connection: BaseDatabaseWrapper, *, unread: Container[str]
) -> tuple[dict[str, str], list[str]]:
    """Tables whose model can't be used, with the reason, and what their rows have against validation.

    The models live in a registry of their own and are gone afterwards. Only SELECTs reach the server, and none
    the tables that are to stay ``unread``.
    """
    alias = connection.alias
    app = __package__  # an app whose label the models can have for a moment
    failed: dict[str, str] = {}
    remarks: list[str] = []
    with isolate_apps(app):
        namespace = {"__name__": f"{__package__}.written"}
        exec(compile(source, f"models of {alias}", "exec"), namespace)  # noqa: S102  our own text
        for model in plan.models:
            made: Any = namespace[model.name]
            label = model.table.label
            try:
                if errors := list(_errors(made, alias)):
                    failed[label] = "; ".join(errors)
                elif label not in unread:
                    with within(connection, SECONDS):
                        remarks += _read(model, made, alias)
            except TookTooLong as error:
                remarks.append(f"{label} ({model.name}): {error}, so its rows were not read")
            except Exception as error:  # whatever a server, a driver or a conversion may raise
                failed[label] = f"its rows can't be read: {' '.join(str(error).split())}"
    return failed, remarks


def _errors(made: Any, alias: str) -> Iterator[str]:
    for found in made.check(databases=[alias]):
        if found.level >= ERROR:
            yield f"{found.id}: {found.msg}"


def _read(model: Model, made: Any, alias: str) -> Iterator[str]:
    rows = made._default_manager.using(alias)
    if not model.keyless:
        rows.first()
    relations = [field.name for field in made._meta.fields if field.is_relation]
    said: set[str] = set()
    for row in rows.all()[:ROWS]:
        for field in made._meta.concrete_fields:
            said |= _wrong_type(field, getattr(row, field.attname))
        try:
            row.clean_fields(exclude=relations)
        except ValidationError as error:
            said |= {f"{name}: {' '.join(text)}" for name, text in error.message_dict.items()}
    yield from (f"{model.table.label} ({model.name}): {text}" for text in sorted(said))


def _wrong_type(field: Any, value: Any) -> set[str]:
    if is_of_its_type(field, value):
        return set()
    kind = type(value_field(field)).__name__
    return {f"{field.name} holds {type(value).__name__} in a {kind}"}
