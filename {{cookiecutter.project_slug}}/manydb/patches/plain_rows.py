"""Rows of models whose objects are only filled: made without the steps of ``Model.__init__()`` that do nothing for them.

Guards cost each row of a tenant something, and Django's own ``__init__()`` costs each row several times as much: it
sends two signals and looks at each field. Where that leaves nothing behind but attributes, setting them at once gives
the same object, and pays for the guards. Django has no other way to make an object from a row.

Whether a model is such a one is found by making an object of it in Django's way. Where that does more, rows are made
in Django's way. No ticket known.
"""

from collections.abc import Iterable
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import DEFERRED, Model
from django.db.models.base import ModelState
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init

from manydb.patches import Patch, expect, takes, uses

Attributes = tuple[str, ...]
# What these do where an attribute is set for the first time is to set it.
_PLAIN = {DeferredAttribute, ForeignKeyDeferredAttribute}


def attributes_of(model: type[Model]) -> Attributes:
    """The attributes that ``Model.__init__()`` sets, in the order of the fields; none if it may do more than that.

    It makes an object, so the model must have no receivers.
    """
    attributes = tuple(field.attname for field in model._meta.concrete_fields)
    is_plain = (
        model.__new__ is object.__new__
        and model.__setattr__ is object.__setattr__
        and type(model).__call__ is type.__call__
        and all(type(getattr(model, name, None)) in _PLAIN for name in attributes)
        and not any("__init__" in vars(kind) for kind in _behind_model(model))
    )
    return attributes if is_plain and _only_sets(model, attributes) else ()


def _behind_model(model: type[Model]) -> Iterable[type]:
    """The classes whose ``__init__()`` Django's calls."""
    kinds = model.__mro__
    return kinds[kinds.index(Model) + 1 : -1]


def _only_sets(model: type[Model], attributes: Attributes) -> bool:
    values = [object() for _ in attributes]
    made: Any = model.__new__(model)
    Model.__init__(made, *values)
    found = dict(vars(made))
    its_state = found.pop("_state", None)
    return (
        type(its_state) is ModelState
        and vars(its_state) in ({}, {"fields_cache": {}})
        and list(found.items()) == list(zip(attributes, values, strict=True))
    )


def has_receivers(model: type[Model]) -> bool:
    """Whether a receiver is told of each object that is made."""
    return any(signal.receivers and signal.has_listeners(model) for signal in (pre_init, post_init))


def make(
    model: type[Model], attributes: Attributes, values: Iterable[Any], alias: str | None
) -> Any:
    """A row of a model that was read from this alias, with these values of its fields."""
    row: Any = object.__new__(model)
    state: Any = ModelState()
    state.adding = False
    if alias == DEFAULT_DB_ALIAS:
        state.db = alias
    else:
        state._alias = alias  # without the call of the property (``object_state``)
    filled = row.__dict__
    filled["_state"] = state
    for name, value in zip(attributes, values, strict=False):
        if value is not DEFERRED:
            filled[name] = value
    return row


def _expects() -> None:
    takes(Model.__init__, "self", "*args", "**kwargs")
    uses(Model.__init__, "_state", "ModelState", "concrete_fields", "pre_init", "post_init")
    uses(Model.from_db.__func__, "_state", "adding", "db", "concrete_fields")  # type: ignore[attr-defined]
    expect("__set__" not in vars(DeferredAttribute), "a deferred attribute is set as any other")
    uses(ForeignKeyDeferredAttribute.__set__, "is_cached", "__dict__")


PATCH = Patch("plain_rows", tried=("5.2", "6.1"), expects=_expects)
