"""Finds models of adopted tables that have lost what their abstract classes say of the table."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, register

from manydb.core.findings import Error
from manydb.core.routing import home_of


@register()
def check_legacy_tables(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """manydb.E401: a model's own Meta does not extend that of the abstract class of its table."""
    from manydb.legacy.kept import base_of  # with five more modules that no page needs
    from manydb.legacy.spelling import place

    return [
        Error(
            f"{model._meta.label} has a Meta of its own, so it is no model of the table {base._meta.db_table} any more.",
            hint=f"Write class Meta({base.__module__.rpartition('.')[2]}.{base.__name__}.Meta).",
            obj=model,
            id="manydb.E401",
        )
        for config in (app_configs or apps.get_app_configs())
        for model in config.get_models()
        if not model._meta.proxy and not model._meta.parents
        for base in [base_of(model)]
        if base is not None and vars(base)["_DATABASE"] == home_of(model)
        if model._meta.managed or place(model) != place(base)
    ]
