"""What tables and columns are called already, in an app whose models were written before.

``generated.py`` of the app has an abstract class for each table, and its ``models.py`` the class that the owner
derives from it. Both are read here, so that neither has to be repeated anywhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

from django.apps import AppConfig, apps
from django.db import models

from manydb.legacy import identifiers
from manydb.legacy.spelling import column_of, place
from manydb.legacy.tables import Name

GENERATED = "generated"  # the module of an app that is written again with each refresh
NAMES = "_NAMES"  # the attribute of a model with the owner's names, by column


@dataclass(frozen=True, slots=True)
class KeptField:
    """A column's field: ``owners`` says that the owner's class declares it itself."""

    name: str
    attribute: str
    related: bool
    owners: bool = False

    def name_for(self, *, related: bool) -> str:
        """Its name if the column is a relation now, or if it is none any more: the values keep their attribute."""
        if self.owners or related == self.related:
            return self.name
        return self.name.removesuffix("_id") if related else self.attribute


@dataclass(frozen=True, slots=True)
class KeptModel:
    """A table's classes: ``name`` is the owner's, None if the owner has taken it away."""

    base: str
    name: str | None
    fields: dict[str, KeptField] = field(default_factory=dict)  # by column
    related_names: dict[tuple[str, ...], str | None] = field(default_factory=dict)  # by columns
    wide: dict[tuple[str, ...], str] = field(
        default_factory=dict
    )  # names of relations of several columns
    taken: frozenset[str] = frozenset()  # names that the owner's class has for something else


@dataclass(frozen=True, slots=True)
class Kept:
    """The tables of an app, and how classes of further ones are named."""

    models: dict[Name, KeptModel] = field(default_factory=dict)
    prefix: str | None = None  # None: what all tables begin with, if they do
    singular: bool = True
    taken: frozenset[str] = (
        frozenset()
    )  # names of models.py, and of models that the owner made beside them


def bases_of(module: ModuleType) -> dict[str, type[models.Model]]:
    """The abstract classes of a ``generated`` module, by name."""
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and is_base(value) and value.__module__ == module.__name__
    }


def is_base(kind: type[Any]) -> bool:
    """Whether a class is an abstract model of a table, as a refresh writes it."""
    meta = getattr(kind, "_meta", None)
    return bool(meta and meta.abstract and not meta.managed and "_DATABASE" in vars(kind))


def base_of(model: type[models.Model]) -> type[models.Model] | None:
    """The abstract class of its table that a model is derived from, if it is."""
    return next((kind for kind in model.__mro__ if is_base(kind)), None)


def app_of(alias: str) -> list[AppConfig]:
    """The apps whose ``generated`` module is of this database."""
    found = {
        base.__module__.rpartition(".")[0]
        for model in apps.get_models()
        if (base := base_of(model)) is not None and vars(base)["_DATABASE"] == alias
    }
    return [config for config in apps.get_app_configs() if config.name in found]


def kept_in(config: AppConfig) -> Kept:
    """The names that an app has.

    Raises:
        ValueError: the owner's names contradict each other, or can't be names.
    """
    try:
        module = import_module(f"{config.name}.{GENERATED}")
    except ModuleNotFoundError as error:
        if error.name != f"{config.name}.{GENERATED}":
            raise
        return Kept()
    owners = {
        base: model
        for model in apps.get_models()
        if not model._meta.proxy and not model._meta.managed
        for base in [base_of(model)]
        if base is not None
    }
    found = {
        place(base): _model(base, owners.get(base), owners) for base in bases_of(module).values()
    }
    return Kept(found, module.PREFIX, module.SINGULAR, _taken(config))


def _taken(config: AppConfig) -> frozenset[str]:
    """What the class of a new table can't be called: it would take the place of a line of the owner's."""
    lines = vars(config.models_module) if config.models_module else {}
    own = {name for name, value in lines.items() if not isinstance(value, ModuleType)}
    return frozenset(own | {model.__name__ for model in config.get_models()})


def _model(
    base: type[models.Model],
    owners: type[models.Model] | None,
    all_owners: Mapping[type[models.Model], type[models.Model]],
) -> KeptModel:
    fields = {column_of(each): _field(each, owners=False) for each in _columns(base)}
    wide: dict[tuple[str, ...], str] = {}
    related: dict[tuple[str, ...], str | None] = {}
    for each in _relations(base):
        columns: tuple[str, ...] = (column_of(each),)
        if each.column is None:
            columns = tuple(column_of(base._meta.get_field(name)) for name in each.from_fields)
            wide[columns] = each.name
        related[columns] = each.remote_field.related_name
    if owners is None:
        return KeptModel(base.__name__, None, fields, related, wide)
    known = {each.name for each in base._meta.local_fields}
    meta = owners._meta
    for each in _columns(owners):
        if is_owners(each, base):
            fields[column_of(each)] = _field(each, owners=True)
            related.pop((column_of(each),), None)
    fields |= _renamed(owners, fields)
    ours = {name for each in meta.fields for name in (each.name, each.attname)} | known
    ours |= {f"get_{name}_display" for name in ours}
    return KeptModel(
        base.__name__,
        owners.__name__,
        fields,
        related,
        wide,
        frozenset(name for name in vars(owners) if name not in ours and not name.startswith("_")),
    )


def _columns(model: type[models.Model]) -> Iterable[Any]:
    return [each for each in model._meta.local_fields if each.column]


def _relations(model: type[models.Model]) -> Iterable[Any]:
    return [each for each in model._meta.local_fields if each.is_relation]


def _field(each: Any, *, owners: bool) -> KeptField:
    return KeptField(each.name, each.attname, each.is_relation, owners)


def is_owners(each: Any, base: type[models.Model]) -> bool:
    """Whether the owner's class declares a field. Inherited ones are copies, which keep the number by which Django orders them."""
    return all(each.creation_counter != other.creation_counter for other in base._meta.local_fields)


def _renamed(model: type[models.Model], fields: dict[str, KeptField]) -> dict[str, KeptField]:
    """The fields to which the owner's class gives a name in ``_NAMES``."""
    names: dict[str, str] = vars(model).get(NAMES, {})
    label = f"{model._meta.label}.{NAMES}"
    for column, name in names.items():
        if column not in fields:
            raise ValueError(
                f"{label} names a column {column!r}, which its table does not have. Remove it there, or name "
                "the column that took its place."
            )
        if name != identifiers.field_name(name) and name != name.lower():
            raise ValueError(f"{label}: {name!r} can't name a field. Use lower-case letters and _.")
        if identifiers.field_name(name) != name:
            raise ValueError(f"{label}: {name!r} can't name a field. Choose another name.")
    if len(set(names.values())) < len(names):
        raise ValueError(f"{label} gives one name to two columns. Give each column its own.")
    return {
        column: KeptField(
            name,
            f"{name}_id" if fields[column].related else name,
            fields[column].related,
            fields[column].owners,
        )
        for column, name in names.items()
        if not fields[column].owners
    }
