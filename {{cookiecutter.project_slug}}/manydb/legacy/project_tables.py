"""Which tables of a database are this project's own, and which models are of other software's tables."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from manydb.core.ownership import DEPLOYED_TABLE, IDENTITY_TABLE, LEASES_TABLE
from manydb.core.routing import PER_TENANT, facts, home_of, primaries
from manydb.legacy.spelling import place
from manydb.legacy.tables import Name


def models_of(alias: str) -> list[type[models.Model]]:
    """All models whose tables this alias should have."""
    homes = {alias, PER_TENANT} if facts(alias).get("TENANT") else {alias}
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if home_of(model) in homes and not model._meta.proxy
    ]


def legacy_models(alias: str) -> list[type[models.Model]]:
    """The unmanaged models whose tables this alias should have."""
    return [model for model in models_of(alias) if not model._meta.managed]


def legacy_aliases() -> list[str]:
    """The primaries that have unmanaged models."""
    return [alias for alias in primaries() if legacy_models(alias)]


def own_tables(alias: str) -> set[Name]:
    """The tables that migrations of this project made, in lower case, and the engine's own.

    A database that another Django project made has tables of the same names, and they are that project's.
    """
    own = {place(model) for model in models_of(alias) if model._meta.managed}
    if own or (facts(alias) and not facts(alias).get("ADOPTED")):
        own |= {("", "django_migrations"), ("", DEPLOYED_TABLE), ("", LEASES_TABLE)}
        own |= {("", cache["LOCATION"]) for cache in settings.CACHES.values() if _has_table(cache)}
    return {(schema, table.lower()) for schema, table in own} | {("", IDENTITY_TABLE)}


def _has_table(cache: dict[str, Any]) -> bool:
    return cache["BACKEND"].endswith("DatabaseCache") and bool(cache.get("LOCATION"))
