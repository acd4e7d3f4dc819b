"""Where the unmanaged models and the live tables of a database disagree."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from ..routing import PER_TENANT, facts, home_of, primaries
from .comparison import column_drift, keys_drift, place
from .introspect import introspect
from .tables import Found, Name


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference: ``what`` the model says, and what is there."""

    alias: str
    table: str
    column: str
    what: str
    model: str
    live: str


def legacy_models(alias: str) -> list[type[models.Model]]:
    """The unmanaged models whose tables this alias should have."""
    return [model for model in _models_of(alias) if not model._meta.managed]


def legacy_aliases() -> list[str]:
    """The primaries that have unmanaged models."""
    return [alias for alias in primaries() if legacy_models(alias)]


def _models_of(alias: str) -> list[type[models.Model]]:
    homes = {alias, PER_TENANT} if facts(alias).get("TENANT") else {alias}
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if home_of(model) in homes and not model._meta.proxy and not model._meta.swapped
    ]


def drift(connection: BaseDatabaseWrapper, found: Found | None = None) -> list[Drift]:
    """All differences of one database. No row is read, only the catalogue of the server."""
    found = found or introspect(connection, rows=False)
    live = {_folded(table.name, connection): table for table in found.tables}
    rows: list[Drift] = []
    for model in sorted(legacy_models(connection.alias), key=lambda model: model._meta.db_table):
        label = ".".join(filter(None, place(model)))
        table = live.get(_folded(place(model), connection))
        if table is None:
            reason = found.unreadable.get(label, "missing")
            rows.append(Drift(connection.alias, label, "", "table", model._meta.label, reason))
            continue
        differences = [*column_drift(model, table, connection), *keys_drift(model, table)]
        rows += [Drift(connection.alias, label, *difference) for difference in differences]
    modelled = {_folded(place(model), connection) for model in _models_of(connection.alias)}
    modelled.add(_folded(("", "django_migrations"), connection))
    left_out = {name for module in _modules(connection.alias) for name in module.NOT_MODELLED}
    extra = [
        table
        for name, table in live.items()
        if name not in modelled and table.label not in left_out
    ]
    rows += [
        Drift(connection.alias, table.label, "", "table", "no model", "extra") for table in extra
    ]
    return rows


def _modules(alias: str) -> list[Any]:
    """The modules of the alias's models that name tables without one, as ``inspect_legacy`` writes them."""
    names = {model.__module__ for model in legacy_models(alias)}
    modules = [sys.modules[name] for name in names]
    return [module for module in modules if hasattr(module, "NOT_MODELLED")]


def _folded(name: Name, connection: BaseDatabaseWrapper) -> Name:
    """SQLite, and MySQL on some systems, know one table by any case."""
    return (name[0], name[1].lower()) if connection.features.ignores_table_name_case else name


def tenants_that_differ(tables: dict[str, Found]) -> Iterator[Drift]:
    """What sets a tenant's tables apart from those that most tenants have.

    Compared with each other, not with the models, so also an index or a type that no model mentions counts.
    """
    names = sorted({table.name for found in tables.values() for table in found.tables})
    for name in names:
        shapes = {
            alias: next((table for table in found.tables if table.name == name), None)
            for alias, found in tables.items()
        }
        kinds = list(shapes.values())
        usual = max(kinds, key=kinds.count)
        for alias, shape in shapes.items():
            if shape != usual:
                yield from _differences(alias, name, shape, usual)


def _differences(alias: str, name: Name, shape: Any, usual: Any) -> Iterator[Drift]:
    label = ".".join(filter(None, name))
    if shape is None or usual is None:
        there = "missing" if shape is None else "extra"
        yield Drift(alias, label, "", "table", "most tenants", there)
        return
    mine = {column.name: column for column in shape.columns}
    theirs = {column.name: column for column in usual.columns}
    for column in sorted(mine.keys() | theirs.keys()):
        if mine.get(column) != theirs.get(column):
            texts = [_text(there.get(column)) for there in (theirs, mine)]
            yield Drift(alias, label, column, "column", *texts)
    for what in ("primary_key", "unique", "references"):
        if getattr(shape, what) != getattr(usual, what):
            yield Drift(
                alias, label, "", what, str(getattr(usual, what)), str(getattr(shape, what))
            )


def _text(column: Any) -> str:
    if column is None:
        return "missing"
    return column.type + ("" if column.nullable else " not null")
