"""An object that was read from a replica is an object of its primary.

Django notes one alias in an object's ``_state.db``, where it was read, and asks it for two things. Whose the
object is: ``add()`` and ``set()`` of relations compare it, ``save()`` compares it, packages write to it. And
where its values are from: what is related to it is read there. An object that was read from a replica needs
two answers (the router of Django's own documentation, topics/db/multi-db, has only one).

So ``_state`` keeps the alias where its values were last read or written, and ``_state.db`` is computed: the
primary of that alias. It is a property of ``ModelState``, and so holds for models of any package, whatever
their ``from_db()`` does. Setting it costs a row about as much as an attribute and one more call.

Two of Django's methods copy ``_state.db`` from one object to another, and would lose where it was read:
``refresh_from_db()``, which also loads deferred fields, and access to the parent of a model that inherits
from another one by its own table. No ticket known.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model
from django.db.models.base import ModelState
from django.db.models.fields.related_descriptors import ForwardOneToOneDescriptor

from manydb.patches import Patch, expect, takes, uses

PRIVATE = "_alias"  # the attribute of a state


def where_last_used(instance: object) -> str | None:
    """The alias where an object's values were last read or written.

    None for a new object, and for what is no object of a model.
    """
    alias = getattr(getattr(instance, "_state", None), "_alias", None)
    return alias if isinstance(alias, str) else None


def install(
    known_primary: Callable[[str], str | None], real_alias: Callable[[str], str] | None = None
) -> None:
    """Makes the changes, once. ``known_primary`` returns the primary of an alias; None for an unknown one.

    ``real_alias`` is given where ``default`` stands for another alias now and for a third one later: it returns
    the one that it stands for.
    """
    PATCH.verify()
    if hasattr(ModelState, PRIVATE):
        return
    state: Any = ModelState
    state._alias = None
    state.db = _database(known_primary, real_alias)
    state.__setstate__ = _set_state
    model: Any = Model
    model.refresh_from_db = _refreshing(Model.refresh_from_db)
    descriptor: Any = ForwardOneToOneDescriptor
    descriptor.get_object = _parent(ForwardOneToOneDescriptor.get_object)


class _Primaries(dict[str | None, str | None]):
    """The primary of each alias that was asked for. A replica never changes its primary."""

    def __init__(self, known_primary: Callable[[str], str | None]) -> None:
        super().__init__({None: None})
        self.known_primary = known_primary

    def __missing__(self, alias: str) -> str:
        if (primary := self.known_primary(alias)) is None:
            return alias
        self[alias] = primary
        return primary


def _database(
    known_primary: Callable[[str], str | None], real_alias: Callable[[str], str] | None
) -> property:
    primaries = _Primaries(known_primary)

    def get(state: Any) -> str | None:
        return primaries[state._alias]

    def set(state: Any, alias: str | None) -> None:
        state._alias = alias

    def set_real(state: Any, alias: str | None) -> None:
        state._alias = real_alias(alias) if real_alias and alias == DEFAULT_DB_ALIAS else alias

    return property(
        get,
        set_real if real_alias else set,
        doc="The alias of the primary that an object belongs to, or None.",
    )


def _set_state(state: ModelState, values: dict[str, Any]) -> None:
    """Takes what pickle or copy kept, also of a process in which nothing is changed."""
    if "db" in values:
        values = {PRIVATE: values["db"], **values}
        del values["db"]
    vars(state).update(values)


def _refreshing(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def refresh_from_db(
        self: Any, using: str | None = None, fields: Any = None, from_queryset: Any = None
    ) -> None:
        if fields is not None:
            fields = list(fields)
        if from_queryset is None:
            manager = self.__class__._base_manager
            from_queryset = manager.db_manager(using, hints={"instance": self}).all()
        elif using is not None:
            from_queryset = from_queryset.using(using)
        alias = from_queryset.db
        original(self, using=alias, fields=fields, from_queryset=from_queryset)
        self._state.db = alias
        _forget_rows(self, fields)

    return refresh_from_db


def _forget_rows(instance: Model, fields: Any) -> None:
    """Drops rows that an object keeps for fields that are no relations, as Django does with those of relations."""
    if known := instance._state.fields_cache:
        for field in instance._meta.concrete_fields:
            meant = not fields or field.name in fields or field.attname in fields
            if meant and field.name in known and not field.is_relation:
                del known[field.name]


def _parent(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    @wraps(original)
    def get_object(self: Any, instance: Any) -> Any:
        parent = original(self, instance)
        state = instance._state
        if self.field.remote_field.parent_link and state._alias != state.db:
            names = {field.attname for field in self.field.remote_field.model._meta.concrete_fields}
            if names.isdisjoint(instance.get_deferred_fields()):
                parent._state._alias = state._alias  # it was made of the values of this object
        return parent

    return get_object


def _expects() -> None:
    state = vars(ModelState)
    ours = isinstance(state.get("db"), property) and PRIVATE in state
    expect(ours or state.get("db", "") is None, "ModelState has an attribute db, which is None")
    expect(ours or "__setstate__" not in state, "ModelState has no __setstate__")
    uses(Model.__init__, "ModelState")
    uses(Model.from_db.__func__, "_state", "db")  # type: ignore[attr-defined]
    uses(Model.save_base, "_state", "db")
    takes(Model.refresh_from_db, "self", "using=None", "fields=None", "from_queryset=None")
    uses(Model.refresh_from_db, "_base_manager", "db_manager", "using", "_state", "db")
    takes(ForwardOneToOneDescriptor.get_object, "self", "instance")
    uses(ForwardOneToOneDescriptor.get_object, "parent_link", "get_deferred_fields", "_state", "db")


PATCH = Patch("object_state", tried=("5.2", "6.1"), expects=_expects)
