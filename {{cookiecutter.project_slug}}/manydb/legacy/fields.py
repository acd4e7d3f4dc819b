"""What a field of a model holds, whatever stands before it."""

import datetime
import decimal
import uuid
from typing import Any

from django.db import models

_TYPES: "dict[type[models.Field[Any, Any]], Any]" = {
    models.BooleanField: bool,
    models.IntegerField: int,
    models.FloatField: float,
    models.DecimalField: decimal.Decimal,
    models.CharField: str,
    models.TextField: str,
    models.BinaryField: (bytes, memoryview),
    models.DateTimeField: datetime.datetime,
    models.DateField: datetime.date,
    models.TimeField: datetime.time,
    models.DurationField: datetime.timedelta,
    models.UUIDField: uuid.UUID,
}


def value_field(field: Any) -> Any:
    """The field whose values these are: behind relations, and inside a generated column."""
    while field.is_relation:
        field = field.target_field
    return getattr(field, "output_field", field)


def is_of_its_type(field: Any, value: Any) -> bool:
    """Whether a value that was read is one that its field can hold."""
    field = value_field(field)
    expected = next((kind for base, kind in _TYPES.items() if isinstance(field, base)), object)
    return value is None or isinstance(value, expected)
