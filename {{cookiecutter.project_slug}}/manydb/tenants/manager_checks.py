"""Finds tenants' models whose querysets would not know which tenant they were built for."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage
from django.db.models import Manager, Model, QuerySet

from manydb.core.findings import Error
from manydb.core.late_checks import register
from manydb.core.models import TenantManager, TenantModel, TenantQuerySet
from manydb.core.routing import PER_TENANT, home_of, is_model
from manydb.patches.watched_queries import queryset_class


@register()
def check_managers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E201: a manager, or its queryset, is not derived from the tenants' own."""
    return [
        Error(
            f"{model._meta.label}.{manager.name} does not note which tenant a queryset is built for.",
            hint=_derive(manager),
            obj=model,
            id="manydb.E201",
        )
        for config in app_configs or apps.get_app_configs()
        for model in config.get_models()
        if issubclass(model, TenantModel)
        for manager in model._meta.managers
        if not (
            isinstance(manager, TenantManager)
            and issubclass(_queryset_class(manager), TenantQuerySet)
        )
    ]


def _derive(manager: Any) -> str:
    """What to derive from what; ``as_manager()`` and ``from_queryset()`` make a class that is nowhere written."""
    queryset = queryset_class(manager)
    name, rows = type(manager).__name__, queryset.__name__
    derived = f"Derive {rows} from manydb.models.TenantQuerySet"
    if name == f"ManagerFrom{rows}":
        return f"{derived}: {rows}.as_manager() is right then."
    of_manager = f"Derive {name} from manydb.models.TenantManager"
    return f"{of_manager}." if queryset is QuerySet else f"{of_manager} and {derived[7:]}."


def _queryset_class(manager: Manager[Any]) -> type:
    try:
        return type(manager.get_queryset())
    except Exception:  # it may need what a check does not have, such as a tenant
        return queryset_class(manager)


@register()
def check_descriptors(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E204: a tenants' model gives rows by an attribute that ``_meta.managers`` does not list."""
    return [
        Error(
            f"{model._meta.label}.{name} gives rows of {found.model._meta.label}, and does not note which tenant "
            "they are for.",
            hint=f"Derive {type(found).__name__} from manydb.models.TenantManager and its queryset from "
            "TenantQuerySet, or take the adapter of manydb.contrib, if it has one for this package.",
            obj=model,
            id="manydb.E204",
        )
        for model in _tenants_models(app_configs)
        for name, found in _unlisted(model)
        if home_of(found.model) == PER_TENANT and not _is_guarded(found)
    ]


@register()
def check_copies(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E205: a shared model was made for a tenants' one, and keeps rows of all tenants in one table."""
    copies: dict[type[Model], type[Model]] = {}
    for model in _tenants_models(app_configs):
        for _name, found in _unlisted(model):
            copies.setdefault(found.model, model)
    for shared in apps.get_models():
        for value in vars(shared).values():
            if is_model(value) and home_of(value) == PER_TENANT:
                copies.setdefault(shared, value)
    return [
        Error(
            f"{shared._meta.label} is shared, and was made for {model._meta.label}: it would keep the rows of all "
            "tenants in one table, and show each to all.",
            hint=_way_out(shared),
            obj=shared,
            id="manydb.E205",
        )
        for shared, model in copies.items()
        if home_of(shared) != PER_TENANT and not shared._meta.auto_created
    ]


def _way_out(shared: type[Model]) -> str:
    if any(base.__module__.startswith("simple_history.") for base in shared.__mro__):
        return "Import HistoricalRecords from manydb.contrib.simple_history."
    return (
        f'Give it the base manydb.models.TenantModel, or add "{shared._meta.label}" to TENANT_APPS.'
    )


def _tenants_models(app_configs: Sequence[AppConfig] | None) -> Iterator[type[Model]]:
    for config in app_configs or apps.get_app_configs():
        yield from (model for model in config.get_models() if home_of(model) == PER_TENANT)


def _unlisted(model: type[Model]) -> Iterator[tuple[str, Any]]:
    """Managers and querysets that a model has as attributes, or that a descriptor of a package gives."""
    listed = set(model._meta.managers_map)
    for kind in model.__mro__:
        for name, value in vars(kind).items():
            if name in listed or name.startswith("__") or _is_djangos(value):
                continue
            found = value
            if hasattr(value, "__get__"):
                with suppress(Exception):  # it is for objects, not for the class
                    found = value.__get__(None, model)
            if isinstance(found, Manager | QuerySet) and is_model(getattr(found, "model", None)):
                yield name, found


def _is_djangos(value: object) -> bool:
    """Whether it is a descriptor that Django makes: of a field, a relation, or a manager of ``_meta``."""
    return type(value).__module__.startswith("django.") and not isinstance(
        value, Manager | QuerySet
    )


def _is_guarded(found: Any) -> bool:
    """Whether what it gives notes the tenant, as that of a package does which makes it of a guarded manager's."""
    return isinstance(found, TenantQuerySet) or (
        isinstance(found, Manager) and issubclass(_queryset_class(found), TenantQuerySet)
    )
