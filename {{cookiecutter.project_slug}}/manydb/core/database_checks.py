"""Finds settings with which nothing would be routed, and nothing would say so."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage
from django.db import connections, router

from manydb.core.findings import Error
from manydb.core.late_checks import register

_REPLICA_ALIAS = re.compile(r"(.+)_RO\d*")


def _listed() -> Mapping[str, Mapping[str, Any]]:
    return dict(dict.items(connections.settings))  # without the tenants of a catalog


@register()
def check_marks(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E004: no alias is marked, so that no router, check or command of this package knows one."""
    if any(entry.get("ROLE") for entry in _listed().values()):
        return []
    return [
        Error(
            "DATABASES is a plain dict: manydb knows none of its aliases, and routes nothing.",
            hint="Write in the settings, after DATABASES: DATABASES = manydb.databases(DATABASES).",
            id="manydb.E004",
        )
    ]


@register()
def check_replicas(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E005: an alias that looks like a replica of one that is marked, and is not marked itself."""
    listed = _listed()
    found: list[CheckMessage] = []
    for alias, entry in listed.items():
        named = _REPLICA_ALIAS.fullmatch(alias)
        primary = (entry.get("TEST") or {}).get("MIRROR") or (named and named[1])
        if primary and not entry.get("ROLE") and listed.get(primary, {}).get("ROLE"):
            found.append(
                Error(
                    f"{alias} looks like a replica of {primary}, but manydb doesn't know it: it is never read.",
                    hint="Add it to DATABASES before manydb.databases(DATABASES) is called, or give what "
                    f"differs from {primary} to its argument replicas.",
                    id="manydb.E005",
                )
            )
    return found


@register()
def check_router(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E006: there is no router, so that Django sends every query to ``default``."""
    if router.routers or not any(entry.get("ROLE") for entry in _listed().values()):
        return []
    return [
        Error(
            "DATABASE_ROUTERS is empty: Django sends every query to default.",
            hint='Write in the settings: DATABASE_ROUTERS = ["manydb.routers.ReplicaRouter"], or '
            '"manydb.routers.TenantRouter" with one database per tenant, or "manydb.routers.DBRouter".',
            id="manydb.E006",
        )
    ]
