"""A base class and other managers for models of packages, whose source is not changed.

``TENANT_APPS`` places a package's models in tenants' databases. What guards a tenant's rows is in a base class
and in managers, and a package has neither; Django has no hook by which a project could give it them. So a model
gets the base when its class is prepared. The class of its ``_meta`` is one whose ``managers`` are changed
as Django makes them: each is a copy, made for this model alone. No ticket known.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db.models import Manager, Model, QuerySet
from django.db.models.base import ModelBase
from django.db.models.options import Options
from django.utils.functional import cached_property

from manydb.patches import Patch, expect, has, uses

Change = Callable[[Manager[Any]], None]


def add_base(model: type[Model], base: type[Model]) -> None:
    """Makes a model derive from an abstract one that has neither fields nor managers.

    Raises:
        PatchFailed: Python can't place it among the model's bases.
    """
    if issubclass(model, base):
        return
    bases = model.__bases__
    replaced = tuple(base if each is Model else each for each in bases)
    try:
        model.__bases__ = replaced if Model in bases else (*bases, base)
    except TypeError as error:
        raise PATCH.failed(f"{model._meta.label} takes another base: {error}") from error


def change_managers(model: type[Model], change: Change) -> None:
    """Has ``change`` called with each manager of a model, now and when Django makes them again."""
    options: Any = model._meta
    made: Any = _options  # classes are hashable, which type checkers doubt of managers
    options.__class__ = made(type(options), change)
    options._expire_cache()


@cache
def _options(base: type[Any], change: Change) -> type[Any]:
    def managers(self: Any) -> Any:
        found = base.managers.func(self)
        for manager in found:
            change(manager)
        return found

    return type(base.__name__, (base,), {"managers": cached_property(managers)})


def change_class(manager: Any, kind: type[Any]) -> None:
    """Of a manager, or of an attribute that makes managers."""
    manager.__class__ = kind


def kind_of_manager(
    kind: type[Manager[Any]], queryset: type[QuerySet[Any]], *bases: type
) -> type[Manager[Any]]:
    """A class with these bases that migrations take for ``kind``: they compare managers, and note their path.

    A manager equals another if that is of its class. One here equals one of the package's own.
    """

    def equals(self: Any, other: Any) -> bool:
        arguments = "_constructor_args"
        return isinstance(other, kind) and vars(self)[arguments] == vars(other)[arguments]

    body = {
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
        "_queryset_class": queryset,
        "__eq__": equals,
        "__hash__": Manager.__hash__,
    }
    return type(kind.__name__, bases, body)


class _Other(Manager[Any]):
    pass


def _expects() -> None:
    expect(isinstance(vars(Options)["managers"], cached_property), "_meta caches its managers")
    expect("managers" in Options.FORWARD_PROPERTIES, "_meta forgets its managers")
    has(Options(None), "_expire_cache", "local_managers")
    uses(vars(Options)["managers"].func, "local_managers", "copy")
    has(Manager(), "_constructor_args")
    uses(Manager.__eq__, "_constructor_args")
    expect(Manager() == Manager() and Manager() != _Other(), "managers are equal by class")
    uses(Manager.deconstruct, "__module__", "__name__")
    uses(ModelBase.__new__, "_prepare")
    uses(vars(ModelBase)["_prepare"], "class_prepared")


PATCH = Patch("package_models", tried=("5.2", "6.1"), expects=_expects)
