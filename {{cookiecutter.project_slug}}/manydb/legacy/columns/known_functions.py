"""Functions of Django over columns whose type PostgreSQL has no such function for."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import (
    MD5,
    SHA1,
    SHA224,
    SHA256,
    SHA384,
    SHA512,
    Cast,
    Left,
    Length,
    Lower,
    LPad,
    LTrim,
    Ord,
    Repeat,
    Replace,
    Reverse,
    Right,
    RPad,
    RTrim,
    StrIndex,
    Substr,
    Trim,
    Upper,
)
from django.db.models.functions.text import ConcatPair

from manydb.legacy.columns.numbers import OidField
from manydb.legacy.columns.text import TypedCharField

_OF_TEXTS = (
    *(ConcatPair, Left, Length, Lower, LPad, LTrim, MD5, Ord, Repeat, Replace, Reverse, Right),
    *(RPad, RTrim, SHA1, SHA224, SHA256, SHA384, SHA512, StrIndex, Substr, Trim, Upper),
)
_OF_NUMBERS = (CombinedExpression, models.Avg, models.StdDev, models.Sum, models.Variance)


def _field_of(expression: Any) -> Any:
    try:
        return getattr(expression, "output_field", None)
    except FieldError:
        return None  # a value alone has none


def _is_typed(field: Any) -> bool:
    return isinstance(field, TypedCharField) and bool(field.kind)


def _is_oid(field: Any) -> bool:
    return isinstance(field, OidField)


def _cast(function: Any, is_other: Callable[[Any], bool], to: "models.Field[Any, Any]") -> None:
    """Gives the function such columns as what their field says they are."""
    usual = getattr(function, "as_postgresql", function.as_sql)

    def as_postgresql(self: Any, compiler: Any, connection: Any, **kwargs: Any) -> Any:
        sources = self.get_source_expressions()
        others = [is_other(_field_of(each)) for each in sources]
        if any(others):
            self = self.copy()
            self.set_source_expressions(
                [
                    Cast(each, to) if other else each
                    for each, other in zip(sources, others, strict=True)
                ]
            )
        return usual(self, compiler, connection, **kwargs)

    # An engine's own SQL of a function, as Django's documentation has it (ref/models/expressions).
    function.as_postgresql = as_postgresql


for function in _OF_TEXTS:
    _cast(function, _is_typed, models.TextField())
for arithmetic in _OF_NUMBERS:
    _cast(arithmetic, _is_oid, models.BigIntegerField())
