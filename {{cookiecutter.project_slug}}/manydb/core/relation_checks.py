"""Finds relations between models of different databases, generic ones too, and says what would bring both together."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage
from django.db import router
from django.db.models import Model

from manydb.core.findings import Error
from manydb.core.late_checks import register
from manydb.core.placement import is_engines, placed
from manydb.core.project import base_dir
from manydb.core.routing import PER_TENANT, facts, home_of, is_model

# These keep the alias beside the key, and package_keys of tenants what becomes of it.
_WITH_ALIAS = {"reversion.Version"}


class Border(NamedTuple):
    """A relation of ``model`` to ``target``, which lives in another database."""

    model: type[Model]
    field: Any
    target: type[Model]


@register()
def check_relations(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E002: a relation between models of different databases, which no server can join."""
    return [
        Error(
            f"{border.model._meta.label}.{border.field.name} is a relation to {border.target._meta.label}, "
            f"which lives in another database ({_place(border.model)} and {_place(border.target)}).",
            hint=_way_out(border),
            obj=border.field,
            id="manydb.E002",
        )
        for border in borders(app_configs)
        if not border.model._meta.auto_created  # its many-to-many field is listed
    ]


@register()
def check_generic_keys(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """manydb.E020: a shared generic foreign key, which takes rows of two tenants with one key for the same."""
    there_are_tenants = any(home_of(model) == PER_TENANT for model in apps.get_models())
    return [
        Error(
            f"{model._meta.label}.{field.name} can point at rows of tenants, and {model._meta.label} is shared: "
            "two tenants' rows with one key have the same there.",
            hint=f"{_keeping_keys(model)} If it points at shared rows only, add "
            f'"{model._meta.label}" to SHARED_APPS.',
            obj=field,
            id="manydb.E020",
        )
        for config in (app_configs or apps.get_app_configs() if there_are_tenants else ())
        for model in config.get_models()
        for field in model._meta.private_fields
        if hasattr(field, "ct_field") and home(model) != PER_TENANT and placed(model) is None
        if model._meta.label not in _WITH_ALIAS
    ]


def _keeping_keys(model: type[Model]) -> str:
    needed = ", ".join(f'"{label}"' for label in _moved_together(model))
    own = "Give tenants' rows a model of their own, with a foreign key"
    return f"{own}, or add {needed} to TENANT_APPS." if needed else f"{own}."


def _moved_together(model: type[Model]) -> list[str]:
    """Returns the apps of ``closure()`` and those that point to them. Empty if one can't be moved."""
    found = closure(model)
    waiting = list(found)
    while waiting:
        label = waiting.pop()
        for config in apps.get_app_configs():
            if config.label in found or is_engines(config):
                continue
            for other in config.get_models(include_auto_created=True):
                targets = {target._meta.app_label for _, target in relations_of(other)}
                if label in targets and home(other) != PER_TENANT:
                    new = [each for each in closure(other) if each not in found]
                    found += new
                    waiting += new
    return sorted(found)


def borders(app_configs: Sequence[AppConfig] | None = None) -> Iterator[Border]:
    """Every relation across the border, in the order of the apps."""
    for config in app_configs or apps.get_app_configs():
        for model in config.get_models(include_auto_created=True):
            for field, target in relations_of(model):
                if home(target) != home(model):
                    yield Border(model, field, target)


def relations_of(model: type[Model]) -> Iterator[tuple[Any, type[Model]]]:
    """The relations that a model declares, each with its target; of a generic one, the model with its key."""
    options: Any = model._meta
    for field in (
        *options.local_fields,
        *options.local_many_to_many,
        *options.private_fields,
    ):
        remote = getattr(field, "remote_field", None)
        target = getattr(remote, "model", None)
        if isinstance(target, type) and issubclass(target, Model):
            yield field, target
            through: Any = getattr(remote, "through", None)
            if is_model(through) and not through._meta.auto_created:
                yield field, through


def home(model: type[Model]) -> str:
    """Where a model lives, also if a router that is not of this package says so."""
    for each in router.routers:
        write = getattr(each, "db_for_write", None)
        try:
            alias = write(model) if write else None
        except (
            Exception
        ):  # ours, which needs a tenant, or one that needs what a check does not have
            return home_of(model)
        if alias is not None:
            return home_of(model) if facts(alias) else str(alias)
    return home_of(model)


def _place(model: type[Model]) -> str:
    place = home(model)
    return "one per tenant" if place == PER_TENANT else f'"{place}"'


def _way_out(border: Border) -> str:
    """What an owner can do: name the apps in the settings, or change the model if it is their own."""
    ways = []
    if PER_TENANT in (home(border.model), home(border.target)):
        other = border.target if home(border.model) == PER_TENANT else border.model
        needed = ", ".join(f'"{label}"' for label in closure(other))
        ways.append(f"Add {needed} to TENANT_APPS" if needed else "")
        if not hasattr(inner := _inner(border), "_DATABASE"):
            ways.append(f'add "{inner._meta.app_label}" to SHARED_APPS')
    if _is_own(border.model) or not any(ways):
        ways.append(_instead(border))
    text = ", or ".join(way for way in ways if way)
    return f"{text[0].upper()}{text[1:]}: Django has no relations across databases."


def _instead(border: Border) -> str:
    """What to write instead of a relation across databases."""
    field, name = border.field, border.target._meta.label
    if home(border.target) == PER_TENANT:
        return "keep the tenant and the key in two fields, for a key does not say in which tenant's database it is"
    reference = f'manydb.models.DatabaseReference("{name}"'
    if field.many_to_many:
        return f"make a model of the pairs beside this one, with a {reference})"
    if not field.concrete:  # a generic one
        return "keep the key in a plain field and look the other object up"
    unique = ", unique=True" if field.one_to_one else ""
    return f"write {field.name} = {reference}{unique}), which holds the key and reads the object"


def _inner(border: Border) -> type[Model]:
    return border.model if home(border.model) == PER_TENANT else border.target


def closure(model: type[Model]) -> list[str]:
    """The apps that have to go to tenants' databases with a model, because of what it points to. Empty if one can't."""
    found: list[str] = []
    waiting = [model]
    while waiting:
        each = waiting.pop()
        label = each._meta.app_label
        if label in found or home(each) == PER_TENANT:
            continue
        if hasattr(each, "_DATABASE") or is_engines(apps.get_app_config(label)):
            return []
        found.append(label)
        for other in apps.get_app_config(label).get_models(include_auto_created=True):
            waiting += [target for _, target in relations_of(other)]
    return sorted(found)


def _is_own(model: type[Model]) -> bool:
    """Whether the project's owner can change this model's source."""
    path = apps.get_app_config(model._meta.app_label).path
    return path.startswith(str(base_dir())) and "site-packages" not in path
