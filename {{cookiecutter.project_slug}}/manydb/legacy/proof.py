"""Tries the module before it is written: imports it, checks it, and reads rows through every model."""

import gc
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.core.checks import ERROR
from django.core.exceptions import ValidationError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import isolate_apps

from manydb.legacy.deadline import SECONDS, Locked, TookTooLong, within
from manydb.legacy.fields import is_of_its_type, value_field
from manydb.legacy.model import Model, Plan
from manydb.legacy.parts import parts
from manydb.legacy.source import module

ROWS = 20


def prove(
    plan: Plan, remarks: list[str], connection: BaseDatabaseWrapper, *, unread: Container[str]
) -> tuple[dict[str, str], list[str]]:
    """Tables whose model can't be used, with the reason, and what their rows have against validation.

    The models live in a registry of their own and are gone afterwards: a part at a time, as Django's classes of
    2,000 tables take 100 MB. Only SELECTs reach the server, and none the tables that are to stay ``unread``.
    """
    failed: dict[str, str] = {}
    doubts: list[str] = []
    for models, outlines in parts(plan.models):
        part = replace(plan, models=[*models, *outlines])
        source = module(connection.alias, part, remarks)
        try:
            doubts += _prove(models, source, connection, unread, failed)
        except _NoClass:
            if not (unmade := dict(_unmade(part, connection.alias))):
                raise
            failed |= unmade
        if len(models) < len(plan.models):
            gc.collect()  # more classes come at once, and those of this part refer to each other
    return failed, doubts


class _NoClass(Exception):
    """A module, as it was written, can't be imported."""


def _prove(
    models: list[Model],
    source: str,
    connection: BaseDatabaseWrapper,
    unread: Container[str],
    failed: dict[str, str],
) -> list[str]:
    alias = connection.alias
    doubts: list[str] = []
    with _imported(source, alias) as namespace:
        for model in models:
            made: Any = namespace[model.name]
            label = model.table.label
            try:
                if errors := list(_errors(made, alias)):
                    failed[label] = "; ".join(errors)
                elif label not in unread:
                    with within(connection, SECONDS):
                        doubts += _read(model, made, alias)
            except (TookTooLong, Locked) as error:
                doubts.append(f"{label} ({model.name}): {error}, so its rows were not read")
            except Exception as error:  # whatever a server, a driver or a conversion may raise
                failed[label] = f"its rows can't be read: {' '.join(str(error).split())}"
    return doubts


@contextmanager
def _imported(source: str, alias: str) -> Iterator[dict[str, Any]]:
    """The names of a module, whose models are in a registry of their own.

    Raises:
        _NoClass: Python or Django refuses a line of it.
    """
    with isolate_apps(__package__):  # an app whose label the models can have for a moment
        namespace: dict[str, Any] = {"__name__": f"{__package__}.written"}
        try:
            exec(compile(source, f"models of {alias}", "exec"), namespace)  # noqa: S102  our own text
        except Exception as error:
            raise _NoClass from error
        yield namespace


def _unmade(part: Plan, alias: str) -> Iterator[tuple[str, str]]:
    """The tables of which no class can be made, with the reason: each alone, as relations need no other class yet."""
    for model in part.models:
        try:
            with _imported(module(alias, Plan([model], {}, []), []), alias):
                pass
        except _NoClass as error:
            said = " ".join(str(error.__cause__).split())
            yield model.table.label, f"Django makes no class of it: {said}"


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
