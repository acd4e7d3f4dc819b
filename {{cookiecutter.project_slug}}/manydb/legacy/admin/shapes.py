"""What the admin asks of a legacy model's fields."""

from typing import Any

from django.db import models
from django.db.models.functions import Cast, Left

from manydb.legacy.admin.forms import fits_a_form
from manydb.legacy.columns.text import ReadOnlyTextField


def columns_of(model: type[models.Model]) -> list[Any]:
    """The fields that are columns, in the table's order: a composite key is none itself."""
    return [field for field in model._meta.concrete_fields if field.column]


def key_fields(model: type[models.Model]) -> tuple[Any, ...]:
    """The field, or with a composite key the fields, that tell its rows apart."""
    return tuple(getattr(model._meta.pk, "fields", (model._meta.pk,)))


def is_long(field: Any) -> bool:
    """Whether its values are too long for a list, and may be too long to be fetched for one."""
    long = isinstance(field, models.JSONField | ReadOnlyTextField)
    return long or is_binary(field) or field.get_internal_type() == "ArrayField"


def is_binary(field: Any) -> bool:
    return isinstance(field, models.BinaryField)


def is_editable(field: Any, row: models.Model | None) -> bool:
    """Whether a form may offer it: with another key it would save another row."""
    is_key_of_row = field.primary_key and row is not None
    if not field.editable or is_key_of_row or isinstance(field, models.AutoField):
        return False
    return row is None or fits_a_form(field, row)


def without_long(model: type[models.Model]) -> models.QuerySet[Any]:
    """All rows, their long values left on the server."""
    return model._base_manager.defer(*(field.name for field in columns_of(model) if is_long(field)))


def as_text(field: Any) -> models.Expression:
    """A text to the server as well: XML is none to PostgreSQL."""
    return Cast(field.name, models.TextField())


def start_of(field: Any, length: int) -> models.Expression:
    """The first characters of a text, cut off by the server."""
    return Left(as_text(field), length)
