"""Managers of relations that look at the objects they are given.

Django derives the manager of ``note.tags`` or ``folder.note_set`` from the class of the related model's default
manager, in functions that no setting reaches. Those managers call no router for ``set()``, ``remove()`` and
for the filter that they begin with. A subclass of ``GuardedRelations`` wraps these methods as Django makes the
class. It recognises such a class by ``_apply_rel_filters``, which only managers of relations have. At start one
of each kind is made for a trial, so that a Django which makes them differently is refused. No ticket known.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.db.models import Manager, Model, QuerySet
from django.db.models.fields import related_descriptors

from manydb.patches import Patch, expect, uses

_FILTER = "_apply_rel_filters"
# set_base() is what deserialized objects are given their relations by, since Django 6.1.
_TAKE_EACH, _TAKE_ALL = ("remove",), ("set", "set_base")


class GuardedRelations(Manager[Any]):
    """The base of managers whose managers of relations are guarded, too."""

    def refuse_related(self, instance: Model) -> None:
        """Called with each object that is given to ``set()`` or ``remove()`` of a relation."""

    def begin_relation(self, queryset: QuerySet[Any], instance: Model) -> None:
        """Called with the queryset of a relation, once it is about the rows of this object."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        made = vars(cls)
        if _FILTER not in made:
            return  # no manager of a relation
        for name in _TAKE_EACH:
            if name in made:  # a key that can't be NULL has none
                setattr(cls, name, _checking_each(made[name]))
        for name in _TAKE_ALL:
            if name in made:
                setattr(cls, name, _checking_all(made[name]))
        setattr(cls, _FILTER, _beginning(made[_FILTER]))

    def _checked(self, objs: Iterable[Any]) -> list[Any]:
        objects = list(objs)
        for item in objects:
            if isinstance(item, Model):  # keys will do for relations
                self.refuse_related(item)
        return objects


def _checking_each(change: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(change)
    def changed(self: Any, *objs: Any, **kwargs: Any) -> Any:
        return change(self, *self._checked(objs), **kwargs)

    return changed


def _checking_all(change: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(change)
    def changed(self: Any, objs: Iterable[Any], **kwargs: Any) -> Any:
        return change(self, self._checked(objs), **kwargs)

    return changed


def _beginning(narrow: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(narrow)
    def narrowed(self: Any, queryset: Any) -> Any:
        narrower = narrow(self, queryset)
        self.begin_relation(narrower, self.instance)
        return narrower

    return narrowed


def _expects() -> None:
    class Trial(GuardedRelations):
        pass

    nullable: Any = SimpleNamespace(field=SimpleNamespace(null=True))
    makers: list[tuple[Any, ...]] = [
        (related_descriptors.create_reverse_many_to_one_manager, Trial, nullable),
        (related_descriptors.create_forward_many_to_many_manager, Trial, nullable, False),
    ]
    descriptors: list[Any] = [
        related_descriptors.ReverseManyToOneDescriptor,
        related_descriptors.ManyToManyDescriptor,
    ]
    if apps.is_installed("django.contrib.contenttypes"):
        from django.contrib.contenttypes import fields

        makers.append((fields.create_generic_related_manager, Trial, nullable))
        descriptors.append(fields.ReverseGenericManyToOneDescriptor)
    for make, *arguments in makers:
        made = make(*arguments)
        expect(issubclass(made, Trial), f"{make.__name__}() derives from the manager it is given")
        for name in ("remove", "set", _FILTER):
            method = vars(made).get(name)
            expect(
                hasattr(method, "__wrapped__"),
                f"{make.__name__}() makes a manager whose {name}() can be guarded",
            )
        uses(made.get_queryset, _FILTER)
    for descriptor in descriptors:
        uses(vars(descriptor)["related_manager_cls"].func, "_default_manager")


PATCH = Patch("related_managers", tried=("5.2", "6.1"), expects=_expects)
