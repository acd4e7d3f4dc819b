"""Managers that a package's attribute makes when it is asked, such as ``product.history``, for tenants' rows.

``_meta.managers`` does not list them, so the class of the attribute itself changes. What it gives is guarded as the
managers that are listed, and belongs to the tenant of the object that was asked.
"""

from contextlib import suppress
from functools import cache
from types import FunctionType
from typing import Any

from django.db.models import Manager, Model, QuerySet
from django.db.models.manager import BaseManager

from manydb.core.models import TenantManager
from manydb.core.routing import PER_TENANT, home_of, is_model
from manydb.patches import package_models
from manydb.patches.watched_queries import queryset_class
from manydb.tenants.placed_models import guarded, kind_of_manager, marked

_PYTHONS = (FunctionType, property, classmethod, staticmethod, Manager)


def guard_given(model: type[Model]) -> None:
    """Guards what the attributes of a placed model give."""
    if home_of(model) != PER_TENANT or marked(model):
        return
    for kind in model.__mro__:
        for value in vars(kind).values():
            if not isinstance(value, _Asked) and _makes_managers(value):
                with suppress(TypeError):  # it has slots; the check of managers names it
                    asked: Any = _asked  # classes are hashable, which type checkers doubt
                    package_models.change_class(value, asked(type(value)))


def _makes_managers(value: object) -> bool:
    """Whether it is a descriptor that knows a model, a manager's class or a queryset's."""
    kind = type(value)
    if not hasattr(kind, "__get__") or isinstance(value, _PYTHONS):
        return False
    if kind.__module__.startswith("django."):
        return False
    known = getattr(value, "__dict__", {}).values()
    return any(isinstance(v, type) and issubclass(v, Model | BaseManager | QuerySet) for v in known)


class _Asked:
    """Comes before the class of such a descriptor."""

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        found = super().__get__(instance, owner)  # type: ignore[misc]
        model: Any = getattr(found, "model", None)
        if not is_model(model) or home_of(model) != PER_TENANT or marked(model):
            return found
        if isinstance(found, QuerySet):
            return guarded(found)
        if isinstance(found, Manager) and not isinstance(found, TenantManager):
            package_models.change_class(found, _kind(type(found)))
            vars(found)["asked_of"] = instance
        return found


@cache
def _asked(kind: type) -> type:
    body = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    return type(kind.__name__, (_Asked, kind), body)


class _OfAnObject(Manager[Any]):
    """Comes before a manager that an attribute of an object has made."""

    def get_queryset(self, *args: Any, **kwargs: Any) -> Any:  # as the package's own may take some
        instance = vars(self).get("asked_of")
        if instance is None:
            return super().get_queryset(*args, **kwargs)
        self.refuse_related(instance)  # type: ignore[attr-defined]
        rows = super().get_queryset(*args, **kwargs)
        self.begin_relation(rows, instance)  # type: ignore[attr-defined]
        return rows


def _kind(kind: Any) -> Any:
    """``from_queryset()`` makes a class at each call; one of each sort is kept."""
    base, queryset = kind.__bases__[0], queryset_class(kind)
    is_made = (
        "_queryset_class" in vars(kind)
        and kind.__name__ == f"{base.__name__}From{queryset.__name__}"
    )
    return _kind_of_made(base, queryset) if is_made else _kept(kind)


@cache
def _kind_of_made(base: Any, queryset: Any) -> Any:
    return _kept(base.from_queryset(queryset))


@cache
def _kept(kind: Any) -> Any:
    guarded_kind = kind_of_manager(kind)
    return type(kind.__name__, (_OfAnObject, guarded_kind), {"__module__": kind.__module__})
