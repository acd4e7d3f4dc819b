"""Rows that nothing tells apart: tables and views without a key can be read, and only that."""

import copy
from collections.abc import Iterable
from typing import Any, NoReturn, Self

from django.db import models
from django.db.models.base import ModelBase
from django.db.models.constants import LOOKUP_SEP

from manydb.core.exceptions import NoKey, ReadOnlyTable


def _refuse(model: type[models.Model]) -> NoReturn:
    raise ReadOnlyTable(
        f"{model._meta.label} is a view or has no key, so Django can't tell its rows apart: "
        "write them with SQL."
    )


def _no_key(model: type[models.Model], asked: str, instead: str) -> NoReturn:
    raise NoKey(f"{model._meta.label} is a view or has no key, so {asked}: {instead}.")


class KeylessQuerySet(models.QuerySet[Any]):
    """Filters, counts and iterates; what needs a key of each row raises ``NoKey``."""

    def first(self) -> Any:
        """One of the rows. Django would sort them by the column that stands in, and JSON has no order."""
        return next(iter(self[:1]), None)

    def last(self) -> Any:
        """The last row of an order.

        Raises:
            NoKey: there is no order.
        """
        if not self.ordered:
            _no_key(self.model, "they have no order of their own", "call order_by() before last()")
        return super().last()

    def get(self, *args: Any, **kwargs: Any) -> Any:
        self._refuse_keys(args, kwargs)
        return super().get(*args, **kwargs)

    def filter(self, *args: Any, **kwargs: Any) -> Self:
        self._refuse_keys(args, kwargs)
        return super().filter(*args, **kwargs)

    def exclude(self, *args: Any, **kwargs: Any) -> Self:
        self._refuse_keys(args, kwargs)
        return super().exclude(*args, **kwargs)

    def order_by(self, *names: Any) -> Self:
        for name in names:
            if isinstance(name, str) and name.lstrip("-") == "pk":
                _no_key(self.model, "pk sorts nothing", "name the fields to sort by")
        return super().order_by(*names)

    def in_bulk(self, id_list: Any = None, *, field_name: str = "pk") -> NoReturn:
        _no_key(self.model, "in_bulk() has nothing to go by", "use filter()")

    def contains(self, obj: Any) -> NoReturn:
        _no_key(self.model, "contains() has nothing to go by", "filter by the values of the row")

    def update(self, **kwargs: Any) -> NoReturn:
        _refuse(self.model)

    def delete(self) -> NoReturn:
        _refuse(self.model)

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse(self.model)

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse(self.model)

    def _refuse_keys(self, args: Iterable[Any], kwargs: Iterable[str]) -> None:
        given = [*kwargs, *(name for it in args for name in _names(it))]
        if any(name.partition(LOOKUP_SEP)[0] == "pk" for name in given):
            _no_key(self.model, "pk finds no single row", "filter by its fields")


def _names(condition: Any) -> Iterable[str]:
    """The look-ups in a ``Q``, or in a pair such as it is made of."""
    if isinstance(condition, models.Q):
        for child in condition.children:
            yield from _names(child)
    elif isinstance(condition, tuple):
        yield str(condition[0])


class _Stand(ModelBase):
    """Where a model replaces the column that stands in for a key, another one does: Django would add an ``id``."""

    def __new__(
        cls, name: str, bases: tuple[Any, ...], attrs: dict[str, Any], **kwargs: Any
    ) -> type:
        inherited: list[Any] = [base._meta for base in bases if hasattr(base, "_meta")]
        is_abstract = getattr(attrs.get("Meta"), "abstract", False)
        if inherited and not is_abstract and all(meta.abstract for meta in inherited):
            fields = {field.name: field for meta in inherited for field in meta.local_fields}
            attrs = _with_a_key(fields, attrs)
        return super().__new__(cls, name, bases, attrs, **kwargs)


def _with_a_key(fields: dict[str, Any], attrs: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a class with one more, if neither they nor the inherited fields have a key."""
    own = {name: it for name, it in attrs.items() if isinstance(it, models.Field)}
    kept = {name: it for name, it in fields.items() if name not in attrs} | own
    if not kept or any(field.primary_key for field in kept.values()):
        return attrs
    # A relation would be read by the row's pk, and a column with NULLs is no key.
    name, field = min(kept.items(), key=lambda it: (it[1].is_relation, it[1].null))
    field = copy.deepcopy(field)
    field.primary_key, field.null, field.blank = True, False, True
    return {**attrs, name: field}


class KeylessModel(models.Model, metaclass=_Stand):
    """Django wants a primary key, so a column stands in for one that may repeat.

    Query it with ``filter()``, ``values()`` and iteration. A row equals itself alone, whatever others hold; what
    ``only()`` and ``defer()`` left out can't be read later.
    """

    objects = KeylessQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return ", ".join(str(value) for value in list(self.__dict__.values())[1:4])

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def pk(self) -> NoReturn:
        """Refused, as two rows may have the same."""
        _no_key(type(self), "a row of it has no pk", "use its fields")

    def refresh_from_db(
        self, using: Any = None, fields: Any = None, from_queryset: Any = None
    ) -> NoReturn:
        """Refused, also where Django wants a column that ``only()`` or ``defer()`` left out."""
        missing = f" for {', '.join(fields)}" if fields else ""
        _no_key(
            type(self),
            f"a row can't be read again{missing}",
            "name each column that is needed in only(), or use values()",
        )

    def validate_unique(self, exclude: Any = None) -> None:
        """Nothing here is known to be unique."""

    def validate_constraints(self, exclude: Any = None) -> None:
        """The server's own are its own."""

    def save_base(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse(type(self))  # save(), create() and loaddata all come through here

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse(type(self))
