"""A look at the object whose file is about to be used.

A storage is documented and is given the name of a file alone: of whose row it comes, it can't know. The
descriptor of a ``FileField`` knows, and its class is an undocumented attribute of the field's class, which a
field of others has, too. So the descriptor's class is changed. No ticket known.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import FileField, Model
from django.db.models.fields.files import FileDescriptor

from manydb.patches import Patch, expect, takes, uses


def watch_files(model: type[Model], watch: Callable[[Model], None]) -> None:
    """Has ``watch`` called with each object of this model before one of its files is taken from it."""
    for descriptor in vars(model).values():
        if isinstance(descriptor, FileDescriptor):
            kind: Any = type(descriptor)
            descriptor.__class__ = _watched(kind, watch)


def _watched(kind: type[FileDescriptor], watch: Callable[[Model], None]) -> type[FileDescriptor]:
    def get(self: Any, instance: Model | None, owner: Any = None) -> Any:
        if instance is not None:
            watch(instance)
        return kind.__get__(self, instance, owner)

    return type(kind.__name__, (kind,), {"__get__": get})


def _expects() -> None:
    takes(FileDescriptor.__get__, "self", "instance", "cls=None")
    expect(FileField.descriptor_class is FileDescriptor, "a FileField has a FileDescriptor")
    uses(FileField.contribute_to_class, "descriptor_class")


PATCH = Patch("file_descriptors", tried=("5.2", "6.1"), expects=_expects)
