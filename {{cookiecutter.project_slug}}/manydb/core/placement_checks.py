"""Finds names in TENANT_APPS, SHARED_APPS and APP_DATABASES that place nothing, or that place a model twice."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage

from manydb.core.conf import conf
from manydb.core.findings import Error
from manydb.core.late_checks import register
from manydb.core.ownership import Ownership, ownership
from manydb.core.placement import ALL, is_engines, names_of


def _settings() -> dict[str, set[str]]:
    return {
        "TENANT_APPS": set(conf.TENANT_APPS) - {ALL},
        "SHARED_APPS": set(conf.SHARED_APPS),
        "APP_DATABASES": set(conf.APP_DATABASES),
    }


@register()
def check_names(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E007: a setting names no app, no model, or one that it can't place."""
    known = {name for config in apps.get_app_configs() for name in (config.label, config.name)}
    for model in apps.get_models():
        known |= {model._meta.label, model._meta.label_lower}
    ours = {n for c in apps.get_app_configs() if is_engines(c) for n in (c.label, c.name)}
    found: list[CheckMessage] = [
        Error(
            f"{setting} has {name!r}, which is neither an app nor a model.",
            hint='Use the label of an app in INSTALLED_APPS, such as "auth", or "auth.User" for one model.',
            id="manydb.E007",
        )
        for setting, names in _settings().items()
        for name in sorted(names - known)
    ]
    return found + [
        Error(
            f"TENANT_APPS has {name!r}, which is an app of manydb: the catalog can't be in a tenant's database.",
            hint="Take it out of TENANT_APPS.",
            id="manydb.E007",
        )
        for name in sorted(ours & _settings()["TENANT_APPS"])
    ]


@register()
def check_two_places(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E008: two settings place one app, or one model."""
    return [
        Error(
            f"{first} and {second} both have {name!r}.",
            hint="Take it out of one of them.",
            id="manydb.E008",
        )
        for first, second, name in sorted(set(_twice()))
    ]


@register()
def check_default(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E009: TENANT_DEFAULT or TENANT_APPS where there are no tenants."""
    if type(ownership()) is not Ownership:  # the app of tenants has registered its answers
        return []
    return [
        Error(
            f"{name} is set, and there are no tenants.",
            hint="Add the app of tenants and its router, as docs/existing_project.md says, or remove the setting.",
            id="manydb.E009",
        )
        for name in ("TENANT_DEFAULT", "TENANT_APPS")
        if getattr(conf, name)
    ]


def _twice() -> Iterator[tuple[str, str, str]]:
    settings = _settings()
    order = list(settings)
    for model in apps.get_models():
        for names in names_of(model):
            having = [(each, names & settings[each]) for each in order if names & settings[each]]
            for (first, called), (second, _) in pairwise(having):
                yield first, second, min(called)
