"""From a column to a field: which class, with which arguments, and why not a plainer one."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

from manydb.legacy.tables import Column

MODELS = "django.db.models"
CUSTOM = f"{__package__}.columns"
# Fields of texts, by the names of their classes.
TEXTS = (
    "CharField",
    "EncodedCharField",
    "EncodedTextField",
    "EnumField",
    "PaddedCharField",
    "TextField",
    "TypedCharField",
    "UncollatedTextField",
)
# Fields that show what the server has, and keep it.
SHOWN_ONLY = ("GeometryTextField", "ReadOnlyTextField", "UndecodedTextField")


# JSON whose text Python's values can't remember: None is NULL, and True has no room for a blank.
JSON_LOST = "TRIM(:c) = 'null' OR TRIM(:c) IN ('true', 'false') AND LENGTH(TRIM(:c)) < LENGTH(:c)"
# A row of few values has it.
_EMPTY = re.compile(r"\(*''(?!')")
# Fields whose values do not find the row that they are from, and what finds it.
_NO_KEYS = {
    "ZeroDateField": "ReadOnlyTextField",
    "ZeroDateTimeField": "ReadOnlyTextField",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A call in the source to come: the class's dotted path and its arguments, themselves maybe fields."""

    path: str
    arguments: dict[str, Any] = field(default_factory=dict)
    positional: tuple[Any, ...] = ()

    def given(self, **arguments: Any) -> "Field":
        return replace(self, arguments={**self.arguments, **arguments})

    @property
    def kind(self) -> str:
        return self.path.rpartition(".")[2]


def model_field(name: str, *positional: Any, **arguments: Any) -> Field:
    return Field(f"{MODELS}.{name}", arguments, positional)


def custom(name: str, *positional: Any, **arguments: Any) -> Field:
    return Field(f"{CUSTOM}.{name}", arguments, positional)


def choose(column: Column, dialect: Any, *, key: tuple[str, ...]) -> Field:
    """The field of a column, without what its name, its ``key`` and its relations add.

    Django has automatic numbers in a primary key of one column and nowhere else.
    """
    only_key = key == (column.name,)
    if column.always and not only_key:
        return custom("IdentityField")
    column = replace(column, auto=column.auto and only_key)
    chosen: Field = dialect.choose(column) or _django(column)
    if column.name in key and chosen.kind in _NO_KEYS:
        chosen = custom(_NO_KEYS[chosen.kind])
    if column.name in key and hasattr(dialect, "as_declared"):
        chosen = dialect.as_declared(chosen, column)
    if not column.auto and "Auto" in chosen.kind:
        chosen = replace(chosen, path=chosen.path.replace("Auto", "Integer"))
    if column.generated is not None:
        return _generated(column, chosen, dialect.__name__.rpartition(".")[2])
    if column.nullable:
        return chosen.given(null=True, blank=True)
    if chosen.kind in SHOWN_ONLY:
        return chosen  # blank as it is
    # JSON's {} and a set's no member count as blank in Django, never in a database.
    if (
        "empty" in column.seen
        or _EMPTY.match(column.default or "")
        or chosen.kind
        in (
            "StoredJSONField",
            "JSONField",
            "SetField",
            "ArrayField",
            "EnumArrayField",
        )
    ):
        return chosen.given(blank=True)
    return chosen


def _django(column: Column) -> Field:
    """What Django's introspection says, with the sizes that belong to it."""
    if column.guess == "CharField" and column.size and column.size > 0:
        return model_field("CharField", max_length=column.size)
    if column.guess == "DecimalField" and column.precision is not None:
        # PostgreSQL rounds to hundreds by a scale of -2, and keeps fewer digits than places.
        places = max(column.scale or 0, 0)
        digits = max(column.precision - min(column.scale or 0, 0), places)
        return model_field("DecimalField", max_digits=digits, decimal_places=places)
    if column.guess == "DecimalField":
        # numeric without a precision: wide enough to change nothing
        return model_field("DecimalField", max_digits=1000, decimal_places=500)
    if column.guess in ("", "CharField"):
        return model_field("TextField")
    return model_field(column.guess)


def _generated(column: Column, output: Field, vendor: str) -> Field:
    expression = custom("ServerSQL", column.generated, vendor)
    return model_field(
        "GeneratedField", expression=expression, output_field=output, db_persist=column.stored
    )
