"""Finds models that point at a database which is not there, or across two databases."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, register
from django.db import connections
from django.db.models import Model

from manydb.core.routing import PER_TENANT, facts, home_of, primaries


def _models(app_configs: Sequence[AppConfig] | None) -> list[type[Model]]:
    return [
        model
        for config in (app_configs or apps.get_app_configs())
        for model in config.get_models(include_auto_created=True)
    ]


@register()
def check_homes(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E001: ``_DATABASE`` or APP_DATABASES names no alias."""
    return [
        Error(
            f'{model._meta.label} has {_says(model)} "{home_of(model)}", which is not in DATABASES.',
            hint=f"Use one of {', '.join(primaries())}.",
            obj=model,
            id="manydb.E001",
        )
        for model in _models(app_configs)
        if home_of(model) != PER_TENANT and home_of(model) not in connections.settings
    ]


def _says(model: type[Model]) -> str:
    return "_DATABASE =" if hasattr(model, "_DATABASE") else "in APP_DATABASES"


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
