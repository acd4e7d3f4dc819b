"""How a row leads to its tenant: from its model, over relations, to the column that says whose it is."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import IntegerField, Model, UUIDField

from manydb.core.routing import lives_in_tenants
from manydb.tenants.lifecycle.errors import ProvisioningError

# Made by migrations in each database, with other keys: rows that point there are given the key of the same thing.
MAPPED = ("contenttypes.ContentType", "auth.Permission")

Path = tuple[str, ...]


@dataclass
class Layout:
    """Which models are moved, and how. ``everywhere`` are copied as a whole into each tenant's database."""

    root: type[Model]  # whose rows are the tenants
    column: str  # of the root: the field that names the tenant
    paths: dict[type[Model], Path] = field(default_factory=dict)
    everywhere: list[type[Model]] = field(default_factory=list)
    left: list[type[Model]] = field(default_factory=list)

    @property
    def models(self) -> list[type[Model]]:
        return [*self.paths, *self.everywhere]


def layout(
    column: str, given: dict[str, str], everywhere: Iterable[str], left: Iterable[str]
) -> Layout:
    """Finds the way from each model of tenants.

    Args:
        column: ``shop.Shop.slug``: a model and the field that names the tenant.
        given: paths by model, such as ``{"auth.User": "memberships__shop"}``.

    Raises:
        ProvisioningError: a name is unknown, or no relation leads from a model to a tenant.
    """
    label, _, name = column.rpartition(".")
    root = model_of(label)
    try:
        root._meta.get_field(name)
    except FieldDoesNotExist:
        raise ProvisioningError(
            f"{label} has no field {name!r}. Name a field or a column of it."
        ) from None
    made = Layout(root, name)
    made.everywhere = [model_of(each) for each in everywhere]
    made.left = [model_of(each) for each in left]
    explicit = {model_of(each): tuple(path.split("__")) for each, path in given.items()}
    waiting = [
        model
        for model in _of_tenants()
        if model not in made.everywhere and model not in made.left and model is not root
    ]
    if lives_in_tenants(root) and root not in made.left:
        made.paths[root] = (name,)
    known: dict[type[Model], Path] = {root: (name,)}
    for model, path in explicit.items():
        known[model] = made.paths[model] = _to_column(model, path, made)
    _find(made, known, [model for model in waiting if model not in explicit])
    return made


def _find(made: Layout, known: dict[type[Model], Path], waiting: list[type[Model]]) -> None:
    while waiting:
        found = {model: path for model in waiting if (path := _next(model, known))}
        found = found or {model: path for model in waiting if (path := _generic(model))}
        if not found:
            labels = ", ".join(sorted(model._meta.label for model in waiting))
            raise ProvisioningError(
                f"No foreign key leads from these to {made.root._meta.label}: {labels}. For each give --path "
                "MODEL=relation__relation, --everywhere MODEL to copy it into each tenant's database, or --leave MODEL."
            )
        known.update(found)
        made.paths.update(found)
        waiting = [model for model in waiting if model not in found]


def _next(model: type[Model], known: dict[type[Model], Path]) -> Path | None:
    """The path over the first foreign key to a known model; over one that may be empty if there is no other."""
    keys = [
        key
        for key in model._meta.local_concrete_fields
        if key.is_relation and key.related_model in known and key.related_model is not model
    ]
    keys.sort(key=lambda key: bool(key.null))
    return (keys[0].name, *known[keys[0].related_model]) if keys else None  # type: ignore[index]


def _generic(model: type[Model]) -> Path | None:
    """The path over a generic foreign key: the row is the tenant's if the object is that it is about."""
    return next(((key.name,) for key in model._meta.private_fields if is_generic_key(key)), None)


def is_generic_key(field: Any) -> bool:
    """Whether it is a GenericForeignKey, whose module can't be imported where contenttypes is not installed."""
    return hasattr(field, "ct_field") and hasattr(field, "fk_field")


def _to_column(model: type[Model], path: Path, made: Layout) -> Path:
    """The path to the column: it may end with the model of tenants."""
    current: Any = model
    for name in path:
        try:
            current = current._meta.get_field(name).related_model
        except FieldDoesNotExist:
            if name != path[-1]:
                raise ProvisioningError(
                    f"{current._meta.label} has no field {name!r}. Correct --path."
                ) from None
            return path  # a column that the model does not have any more
    return (*path, made.column) if current is made.root else path


def model_of(label: str) -> type[Model]:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        raise ProvisioningError(f"There is no model {label!r}. Name one as app.Model.") from None


def _of_tenants() -> list[type[Model]]:
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if lives_in_tenants(model)
        and model._meta.managed
        and not model._meta.proxy
        and not model._meta.swapped
        and model._meta.label not in MAPPED
    ]


def _plain_key(model: type[Model]) -> Any:
    """The field that the primary key is in the end: that of the parent, or of the object that it points at."""
    key: Any = model._meta.pk
    while key.is_relation:
        key = key.target_field
    return key


class Conditions:
    """SQL for one database. The parameters of a condition are all the same: what the column holds for a tenant."""

    def __init__(
        self, connection: BaseDatabaseWrapper, layout: Layout, tables: Container[str]
    ) -> None:
        self.quote = connection.ops.quote_name
        self.is_postgresql = connection.vendor == "postgresql"
        self.has_uuids = connection.features.has_native_uuid_field
        self.layout = layout
        self.tables = tables

    def column(self, model: type[Model], name: str) -> str:
        return f"{self.quote(model._meta.db_table)}.{self.quote(name)}"

    def of(self, model: type[Model], path: Sequence[str]) -> str:
        """Whether a row of the model's table is the tenant's."""
        name, *rest = path
        try:
            found: Any = model._meta.get_field(name)
        except FieldDoesNotExist:
            return f"{self.column(model, name)} = %s"
        if is_generic_key(found):
            return self._about(model, found)
        if getattr(found, "concrete", False) and found.model is not model:  # of a parent's table
            link: Any = model._meta.get_ancestor_link(found.model)
            return self._among(model, link.column, link.target_field, path)
        if not rest:
            return f"{self.column(model, found.column)} = %s"
        if found.many_to_many:
            return self._over_a_table(model, found, rest)
        if found.concrete:
            return self._among(model, found.column, found.target_field, rest)
        key = found.field  # of another model, which points here
        inner = self.of(found.related_model, rest)
        return self._in(model, key.target_field.column, found.related_model, key.column, inner)

    def _about(self, model: type[Model], key: Any) -> str:
        """Whether the object that a generic key names is one of the tenant's rows."""
        kind: Any = model._meta.get_field(key.ct_field)
        number: Any = model._meta.get_field(key.fk_field)
        kinds = self.quote(kind.related_model._meta.db_table)
        found = ["1 = 0"]
        for target, path in self.layout.paths.items():
            there = self._key_as(target, number)
            if target._meta.db_table not in self.tables or _generic(target) or there is None:
                continue
            label = (
                f"app_label = '{target._meta.app_label}' AND model = '{target._meta.model_name}'"
            )
            of_kind = f"{self.column(model, kind.column)} IN (SELECT id FROM {kinds} WHERE {label})"  # noqa: S608
            here = self.column(model, number.column)
            if isinstance(_plain_key(target), UUIDField) and not self.has_uuids:
                here = f"REPLACE({here}, '-', '')"
            table, inner = self.quote(target._meta.db_table), self.of(target, path)
            found.append(f"({of_kind} AND {here} IN (SELECT {there} FROM {table} WHERE {inner}))")  # noqa: S608
        return f"({' OR '.join(found)})"

    def _key_as(self, target: type[Model], number: Any) -> str | None:
        """The key of a model, to be compared with a column of keys; None if it can't be there."""
        column, plain = getattr(target._meta.pk, "column", None), _plain_key(target)
        if column is None or type(plain) is type(number):
            return column and self.column(target, column)
        if isinstance(number, IntegerField):
            return self.column(target, column) if isinstance(plain, IntegerField) else None
        # PostgreSQL alone compares no number with a text.
        cast = "CAST({} AS varchar)" if self.is_postgresql else "{}"
        return cast.format(self.column(target, column))

    def _among(self, model: type[Model], column: str, target: Any, rest: Sequence[str]) -> str:
        return self._in(model, column, target.model, target.column, self.of(target.model, rest))

    def _over_a_table(self, model: type[Model], found: Any, rest: Sequence[str]) -> str:
        forward = found.concrete
        many: Any = found if forward else found.field
        through = many.remote_field.through
        here, there = many.m2m_field_name(), many.m2m_reverse_field_name()
        if not forward:
            here, there = there, here
        key = through._meta.get_field(here)
        inner = self.of(through, (there, *rest))
        return self._in(model, key.target_field.column, through, key.column, inner)

    def _in(
        self, model: type[Model], column: str, other: type[Model], other_column: str, inner: str
    ) -> str:
        table = self.quote(other._meta.db_table)
        chosen = self.column(other, other_column)
        return f"{self.column(model, column)} IN (SELECT {chosen} FROM {table} WHERE {inner})"  # noqa: S608
