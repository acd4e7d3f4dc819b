"""Finds models that point at a database which is not there, across two databases, or at tables of others."""

import json
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage
from django.db import connections
from django.db.models import Model

from manydb.core.findings import Error, Warning
from manydb.core.late_checks import register
from manydb.core.routing import PER_TENANT, facts, home_of, primaries


def _models(app_configs: Sequence[AppConfig] | None) -> list[type[Model]]:
    return [
        model
        for config in (app_configs or apps.get_app_configs())
        for model in config.get_models(include_auto_created=True)
    ]


@register()
def check_homes(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E001: ``_DATABASE`` or APP_DATABASES names no database that a model can be pinned to."""
    return [
        Error(
            f"{model._meta.label} has {_says(model)}, which {wrong}.",
            hint=hint,
            obj=model,
            id="manydb.E001",
        )
        for model in _models(app_configs)
        if (found := _wrong_home(model)) is not None
        for wrong, hint in [found]
    ]


def _wrong_home(model: type[Model]) -> tuple[str, str] | None:
    """What is wrong with the place that a model names, and what to do; None if it can live there."""
    owner: Any = getattr(model._meta, "auto_created", None) or model
    marked = getattr(owner, "_DATABASE", "default")
    shared = [alias for alias in primaries() if not facts(alias).get("TENANT")]
    use = f"Use one of {', '.join(shared)}."
    if not isinstance(marked, str) or not marked:
        return "names no database", use
    home = home_of(model)
    if home == PER_TENANT:
        return None
    if home not in connections.settings:
        return "is not in DATABASES", use
    if replica_of := facts(home).get("REPLICA_OF"):
        return (
            "is a replica, which takes no writes",
            f'Write "{replica_of}": the router reads its replicas.',
        )
    if facts(home).get("TENANT"):
        return (
            "is one tenant's database",
            "Derive the model from manydb.models.TenantModel instead.",
        )
    return None


def _says(model: type[Model]) -> str:
    owner: Any = getattr(model._meta, "auto_created", None) or model
    if hasattr(owner, "_DATABASE"):
        return f"_DATABASE = {json.dumps(owner._DATABASE, default=repr)}"
    return f'in APP_DATABASES "{home_of(model)}"'


@register()
def check_managed(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E003: a managed model in a read-only database, where no migration makes its table."""
    return [
        Error(
            f"{model._meta.label} is managed, but {home_of(model)} is read-only and not migrated.",
            hint="Set managed = False in its Meta, or take read_only=True off the database's line in "
            "settings/databases.py.",
            obj=model,
            id="manydb.E003",
        )
        for model in _models(app_configs)
        if model._meta.managed and facts(home_of(model)).get("READ_ONLY")
    ]


@register()
def check_constraints(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W012: a constraint on a table that Django does not manage."""
    return [
        Warning(
            f"{model._meta.label}.{field.name} makes a constraint on the table of {target._meta.label}, which "
            "Django does not manage: it may be refused, and it stops or locks the software that writes there.",
            hint="Add db_constraint=False to the field.",
            obj=field,
            id="manydb.W012",
        )
        for model in _models(app_configs)
        if model._meta.managed
        for field in model._meta.local_fields
        if (target := _target(field)) is not None
        and not target._meta.managed
        and getattr(field, "db_constraint", False)
        and home_of(target) == home_of(model)
    ]


def _target(field: Any) -> type[Model] | None:
    target = field.remote_field.model if field.remote_field else None
    return target if isinstance(target, type) and issubclass(target, Model) else None
