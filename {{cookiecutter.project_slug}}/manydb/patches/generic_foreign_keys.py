"""An object of a generic foreign key is read where the object that has the key was read.

Django names the database, ``using=instance._state.db``, where other relations ask the router with the object as
a hint. The database named is the primary (``object_state``), so that such reads would never go to a replica.
An object that was read from a replica asks the router instead.

Nor does Django ask the router whether an object may be what such a key points at, as it does for foreign keys. No
ticket known.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.contenttypes import fields
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ObjectDoesNotExist

from manydb.patches import Patch, expect, is_ours, ours, takes, uses
from manydb.patches.object_state import where_last_used

# Django 6.1 has a class of its own for access to the object.
_descriptor: Any = getattr(fields, "GenericForeignKeyDescriptor", GenericForeignKey)
_name = "fetch_one" if hasattr(_descriptor, "fetch_one") else "__get__"


def install(refuse: Callable[[Any, str, Any], None]) -> None:
    """Makes the changes, once. ``refuse`` gets an object, the name of its generic key and what it is to point at."""
    PATCH.verify()
    original = getattr(_descriptor, _name)
    if not is_ours(original):
        setattr(_descriptor, _name, ours(_asking(original)))
        _descriptor.__set__ = _refusing(_descriptor.__set__, refuse)


def _refusing(
    original: Callable[..., None], refuse: Callable[[Any, str, Any], None]
) -> Callable[..., None]:
    @wraps(original)
    def write(self: Any, instance: Any, value: Any) -> None:
        if value is not None:
            refuse(instance, getattr(self, "field", self).name, value)
        original(self, instance, value)

    return write


def _asking(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def read(self: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
        field = getattr(self, "field", self)
        if instance is not None and where_last_used(instance) != instance._state.db:
            _fetch(field, instance)
            if _name == "fetch_one" and field.is_cached(instance):
                return None
        return original(self, instance, *args, **kwargs)

    return read


def _fetch(field: Any, instance: Any) -> None:
    """Caches what the key names, if that is not known yet; does nothing for a model that is not there."""
    content_type_id = getattr(instance, field.model._meta.get_field(field.ct_field).attname, None)
    if content_type_id is None or field.is_cached(instance):
        return
    content_type = field.get_content_type(id=content_type_id, using=instance._state.db)
    if (model := content_type.model_class()) is None:
        return
    try:
        found = model._base_manager.db_manager(hints={"instance": instance}).get(
            pk=getattr(instance, field.fk_field)
        )
    except ObjectDoesNotExist:
        found = None
    field.set_cached_value(instance, found)


def _expects() -> None:
    read = getattr(_descriptor, _name)
    uses(read, "get_content_type", "get_object_for_this_type", "_state", "db", "set_cached_value")
    takes(read, "self", "instance", *(["cls=None"] if _name == "__get__" else []))
    write = _descriptor.__set__
    takes(write, "self", "instance", "value")
    uses(write, "get_content_type", "set_cached_value")
    takes(ContentType.get_object_for_this_type, "self", "using=None", "**kwargs")
    expect(callable(GenericForeignKey.is_cached), "a generic foreign key caches its object")


PATCH = Patch("generic_foreign_keys", tried=("5.2", "6.1"), expects=_expects)
