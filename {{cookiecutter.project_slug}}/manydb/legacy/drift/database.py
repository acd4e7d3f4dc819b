"""Where the unmanaged models and the live tables of a database disagree."""

import sys
from typing import Any

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core.ownership import IDENTITY_TABLE
from manydb.core.routing import PER_TENANT, facts, home_of, primaries
from manydb.legacy.drift.column_differences import column_drift
from manydb.legacy.drift.difference import Drift
from manydb.legacy.drift.keys import keys_drift
from manydb.legacy.spelling import place
from manydb.legacy.tables import Found, Name, label_of


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
        if home_of(model) in homes and not model._meta.proxy
    ]


def drift(connection: BaseDatabaseWrapper, found: Found) -> list[Drift]:
    """All differences between the models of one database and what was found in it."""
    live = {_folded(table.name, connection): table for table in found.tables}
    rows: list[Drift] = []
    for model in sorted(legacy_models(connection.alias), key=lambda model: model._meta.db_table):
        label = label_of(place(model))
        table = live.get(_folded(place(model), connection))
        if table is None:
            reason = found.unreadable.get(label, "missing")
            rows.append(Drift(connection.alias, label, "", "table", model._meta.label, reason))
            continue
        differences = [*column_drift(model, table, connection), *keys_drift(model, table)]
        rows += [Drift(connection.alias, label, *difference) for difference in differences]
    modelled = {_folded(place(model), connection) for model in _models_of(connection.alias)}
    modelled |= {_folded(("", name), connection) for name in ("django_migrations", IDENTITY_TABLE)}
    left_out = {name for module in _modules(connection.alias) for name in module.NOT_MODELLED}
    rows += [
        Drift(connection.alias, table.label, "", "table", "no model", "extra")
        for name, table in live.items()
        if name not in modelled and table.label not in left_out
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
