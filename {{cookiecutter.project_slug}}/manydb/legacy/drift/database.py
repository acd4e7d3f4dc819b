"""Where the unmanaged models and the live tables of a database disagree."""

import sys
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.legacy.drift.column_differences import column_drift
from manydb.legacy.drift.difference import Drift
from manydb.legacy.drift.keys import keys_drift
from manydb.legacy.drift.newest import odd_values
from manydb.legacy.drift.privileges import denied
from manydb.legacy.kept import base_of
from manydb.legacy.project_tables import legacy_models, models_of, own_tables
from manydb.legacy.spelling import place
from manydb.legacy.tables import Found, Name, label_of


def drift(connection: BaseDatabaseWrapper, found: Found) -> list[Drift]:
    """All differences between the models of one database and what was found in it."""
    live = {_folded(table.name, connection): table for table in found.tables}
    rows: list[Drift] = []
    readable: list[type[models.Model]] = []
    for model in sorted(legacy_models(connection.alias), key=lambda model: model._meta.db_table):
        label = label_of(place(model))
        table = live.get(_folded(place(model), connection))
        if table is None:
            reason = found.unreadable.get(label, "missing")
            differences = denied(connection, model) or [("", "table", model._meta.label, reason)]
            rows += [Drift(connection.alias, label, *difference) for difference in differences]
            continue
        differences = [
            *column_drift(model, table, connection),
            *keys_drift(model, table, _not_related(model)),
        ]
        rows += [Drift(connection.alias, label, *difference) for difference in differences]
        if not any(live == "missing" for _, _, _, live in differences):
            readable.append(model)
    rows += odd_values(connection, readable)
    modelled = {_folded(place(model), connection) for model in models_of(connection.alias)}
    own = own_tables(connection.alias) | {("", "django_migrations")}
    left_out = {name for module in _modules(connection.alias) for name in module.NOT_MODELLED}
    rows += [
        Drift(connection.alias, table.label, "", "table", "no model", "extra")
        for name, table in live.items()
        if name not in modelled and table.label not in left_out
        if (name[0], name[1].lower()) not in own
    ]
    return rows


def _modules(alias: str) -> list[Any]:
    """The modules of the alias's models that name tables without one, as ``inspect_legacy`` writes them."""
    names = {kind.__module__ for model in legacy_models(alias) for kind in model.__mro__}
    modules = [sys.modules[name] for name in sorted(names)]
    return [module for module in modules if hasattr(module, "NOT_MODELLED")]


def _not_related(model: type[models.Model]) -> set[str] | None:
    """The foreign keys that the model's module leaves out on purpose; None if nothing wrote the module."""
    kind = base_of(model) or model
    known = getattr(sys.modules[kind.__module__], "NOT_RELATED", None)
    return None if known is None else {each.lower() for each in known}


def _folded(name: Name, connection: BaseDatabaseWrapper) -> Name:
    """SQLite, and MySQL on some systems, know one table by any case."""
    return (name[0], name[1].lower()) if connection.features.ignores_table_name_case else name
