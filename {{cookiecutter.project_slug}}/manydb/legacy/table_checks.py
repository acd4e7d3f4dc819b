"""Finds models of adopted tables that have lost what their abstract classes say of the table."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage
from django.db import models

from manydb.core.findings import Error
from manydb.core.late_checks import register
from manydb.core.routing import home_of


@register()
def check_legacy_tables(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """manydb.E401: a model's own Meta does not extend that of the abstract class of its table.

    manydb.E402: a field of a model's own took the place of the key.
    """
    from manydb.legacy.kept import base_of  # with five more modules that no page needs
    from manydb.legacy.spelling import place

    found: list[CheckMessage] = []
    for config in app_configs or apps.get_app_configs():
        for model in config.get_models():
            base = None if model._meta.proxy or model._meta.parents else base_of(model)
            if base is None or vars(base)["_DATABASE"] != home_of(model):
                continue
            if model._meta.managed or place(model) != place(base):
                found.append(_no_table(model, base))
            if model._meta.pk.auto_created:
                found.append(_no_key(model, base))
    return found


def _no_table(model: type[models.Model], base: type[models.Model]) -> CheckMessage:
    return Error(
        f"{model._meta.label} has its own Meta, so it is not a model of the table {base._meta.db_table} any more.",
        hint=f"Write class Meta({base.__module__.rpartition('.')[2]}.{base.__name__}.Meta).",
        obj=model,
        id="manydb.E401",
    )


def _no_key(model: type[models.Model], base: type[models.Model]) -> CheckMessage:
    """Django has given it an ``id``, which the table does not have."""
    keys = [field.column for field in base._meta.local_fields if field.primary_key]
    return Error(
        f"{model._meta.label} has no primary key: a line of its class took away the field of {keys[0]}.",
        hint=f"Add primary_key=True to your own field of {keys[0]}, or keep the one of {base.__name__}.",
        obj=model,
        id="manydb.E402",
    )
