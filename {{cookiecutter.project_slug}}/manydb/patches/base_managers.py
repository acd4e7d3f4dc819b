"""A base manager of the engine's for a model whose Meta names none.

``_base_manager`` saves, deletes and follows relations. ``Meta.base_manager_name`` is documented, but it names one
of the model's own managers, which may leave rows out, and it appears in the owner's migrations. So the class of
``_meta`` is one here whose ``base_manager`` is of the class that is wanted. No ticket known.
"""

from functools import cache
from typing import Any

from django.db.models import Manager, Model
from django.db.models.options import Options
from django.utils.functional import cached_property

from manydb.patches import Patch, expect, has, uses


def use_base_manager(model: type[Model], kind: type[Manager[Any]]) -> None:
    """Makes the base manager of a model one of this class, unless its Meta names one.

    Raises:
        PatchFailed: it is still Django's.
    """
    options: Any = model._meta
    made: Any = _options  # classes are hashable, which type checkers doubt of managers
    options.__class__ = made(type(options), kind)
    options._expire_cache()  # it may have been asked for before
    if type(model._base_manager) is Manager:
        raise PATCH.failed(f"{model._meta.label}._base_manager is still Django's")


@cache
def _options(base: type[Any], kind: type[Manager[Any]]) -> type[Any]:
    def base_manager(self: Any) -> Any:
        manager: Any = base.base_manager.func(self)
        if type(manager) is Manager:
            manager.__class__ = kind
        return manager

    return type(base.__name__, (base,), {"base_manager": cached_property(base_manager)})


def _expects() -> None:
    expect(isinstance(vars(Options)["base_manager"], cached_property), "base_manager is cached")
    expect("base_manager" in Options.FORWARD_PROPERTIES, "_meta forgets its base_manager")
    has(Options, "_expire_cache")
    uses(vars(Options)["base_manager"].func, "Manager")
    uses(type(Model)._base_manager.fget, "base_manager")  # type: ignore[attr-defined]


PATCH = Patch("base_managers", tried=("5.2", "6.1"), expects=_expects)
