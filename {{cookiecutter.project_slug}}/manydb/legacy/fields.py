"""What a field of a model holds, whatever stands before it."""

from typing import Any


def value_field(field: Any) -> Any:
    """The field whose values these are: behind relations, and inside a generated column."""
    while field.is_relation:
        field = field.target_field
    return getattr(field, "output_field", field)
