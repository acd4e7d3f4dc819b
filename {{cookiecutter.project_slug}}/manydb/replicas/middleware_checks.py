"""Finds that requests are not told apart, so that no read would go to a replica."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage
from django.utils.module_loading import import_string

from manydb.core.findings import Warning
from manydb.core.late_checks import register
from manydb.core.routing import facts, listed
from manydb.replicas.middleware import ReadYourWrites


@register()
def check_middleware(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W301: there are replicas, and no middleware that says when a client reads them."""
    there_are_replicas = any(facts(alias).get("REPLICA_OF") for alias in listed())
    if not there_are_replicas or any(map(_is_ours, settings.MIDDLEWARE)):
        return []
    return [
        Warning(
            "MIDDLEWARE has no ReadYourWrites, so all reads go to primaries.",
            hint='Add "manydb.replicas.middleware.ReadYourWrites" to MIDDLEWARE, after SecurityMiddleware.',
            id="manydb.W301",
        )
    ]


def _is_ours(path: str) -> bool:
    middleware = import_string(path)
    return isinstance(middleware, type) and issubclass(middleware, ReadYourWrites)
