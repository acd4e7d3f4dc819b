"""Expressions of SQLite that give back one of the values they are given: as it is stored, where it is read."""

from functools import cache
from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.expressions import Col
from django.db.models.functions import Cast, Coalesce

from manydb.legacy.columns.stored import Stored, StoredCol

_MARK = "\0"


@cache
def _passed_on(kind: type[Any]) -> type[Any]:
    """The class of a field whose values come out of such an expression: they are read as the column's would be."""

    class Passed(kind):  # type: ignore[misc]
        is_passed = True
        as_stored: tuple[str, Any]

        def get_internal_type(self) -> str:
            return "Field"  # for which Django converts nothing

        def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
            return (sql, params) if compiler.query.subquery else self.as_stored

        def get_db_converters(self, connection: Any) -> list[Any]:
            return [self.from_stored]

    return Passed


def _field_of(expression: Any) -> Any:
    try:
        return getattr(expression, "output_field", None)
    except FieldError:
        return None


def _stored(expression: Any) -> Any:
    """The expression with its columns as they are stored; None if it gives none of them back."""
    if type(expression) is StoredCol:
        return Col(expression.alias, expression.target)
    if type(expression) is models.Subquery:
        return _stored_query(expression)
    if not isinstance(expression, models.Case | Coalesce | models.When):
        return None
    sources = expression.get_source_expressions()
    condition = sources[:1] if isinstance(expression, models.When) else []
    given = sources[len(condition) :]
    stored = [_stored(each) for each in given]
    if not any(stored):
        return None
    made = expression.copy()
    made.set_source_expressions(
        [*condition, *(new or _number(old) for old, new in zip(given, stored, strict=True))]
    )
    return made


def _number(expression: Any) -> Any:
    """Django hands numbers over as texts."""
    is_number = isinstance(_field_of(expression), models.DecimalField)
    if not is_number or isinstance(expression, models.When):
        return expression
    return models.Func(expression, template="CAST(%(expressions)s AS NUMERIC)")


def _stored_query(subquery: Any) -> Any:
    query = subquery.query
    if query.combinator or query.annotation_select or len(query.select) != 1:
        return None
    column = _stored(query.select[0])
    if column is None:
        return None
    made = subquery.copy()
    made.query.select = (column,)
    return made


def _read_as(field: Any, stored: Any) -> Any:
    """The field that reads what comes out: a column's, also where Django's own is given; None if it is another type."""
    if isinstance(field, Stored) or stored is None:
        return field
    target = _target(stored)
    return target if isinstance(target, type(field)) and field is not None else None


def _target(stored: Any) -> Any:
    """The field of the first column in it."""
    if isinstance(stored, Col):
        return stored.target if isinstance(stored.target, Stored) else None
    query = isinstance(stored, models.Subquery)
    parts = stored.query.select if query else stored.get_source_expressions()
    parts = parts[1:] if isinstance(stored, models.When) else parts
    return next((found for each in parts if (found := _target(each))), None)


def _give_back(kind: Any) -> None:
    usual = getattr(kind, "as_sqlite", kind.as_sql)

    def as_sqlite(self: Any, compiler: Any, connection: Any, **kwargs: Any) -> Any:
        stored = _stored(self) if type(self) is kind and not kwargs else None
        field = _read_as(_field_of(self), stored)
        if stored is None or field is None:
            return usual(self, compiler, connection, **kwargs)
        sql, params = kind.as_sql(stored, compiler, connection)
        if not getattr(field, "is_passed", False):
            kind_of_field: Any = type(field)
            passed = object.__new__(_passed_on(kind_of_field))
            vars(passed).update(vars(field))
            field = passed
            self.output_field = field
        # An expression, so that Python's sqlite3 does not convert it either.
        field.as_stored = f"+({sql})", params
        meaning = field.meaning(_MARK, connection)
        return meaning.replace(_MARK, f"({sql})"), [*params] * meaning.count(_MARK)

    # An engine's own SQL of an expression, as Django's documentation has it (ref/models/expressions).
    kind.as_sqlite = as_sqlite


for kind in (models.Case, Coalesce, models.Subquery):
    _give_back(kind)


_cast: Any = Cast.as_sqlite


def _as_text(self: Any, compiler: Any, connection: Any, **kwargs: Any) -> Any:
    """What its field has no type for is a text as it is."""
    (source,) = self.get_source_expressions()
    is_text = isinstance(self.output_field, models.CharField | models.TextField)
    if not is_text or type(source) is not StoredCol:
        return _cast(self, compiler, connection, **kwargs)
    sql, params = compiler.compile(source)
    raw, more = source.as_sql(compiler, connection)
    return f"CAST(COALESCE({sql}, {raw}) AS text)", [*params, *more]


setattr(Cast, "as_sqlite", _as_text)  # noqa: B010
