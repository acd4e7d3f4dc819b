"""Dates, times and numbers of SQLite: read as what they mean, compared by it, and kept as they are spelled.

SQLite takes any value in any column, and a time has as many spellings there as programs that write it:
``2016-07-04``, ``2016-07-04T10:00:00Z``, an offset, seconds or milliseconds since 1970. A plain SELECT gets
what is stored. Everywhere else (WHERE, ORDER BY, functions, arithmetic, aggregates) stands an expression that
gives it in Django's spelling, or NULL where a value is not of the column's type. So all look-ups and
functions of Django are right. On other engines, as tests may use, these are Django's own fields.
"""

import copy
import decimal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.backends.signals import connection_created
from django.db.models.expressions import Col, OrderBy
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
    Range,
    YearLookup,
)
from django.utils import timezone

from manydb.legacy.columns.compared import Read, as_column
from manydb.legacy.columns.stored_values import (
    AsItIs,
    StoredDate,
    StoredMoment,
    StoredTime,
    date_of,
    in_fixture,
    moment_of,
    number_of,
    of_fixture,
    time_of,
    zone_of,
)

# What they are called in SQL, where they give Django's spelling.


def _moment_in_sql(value: Any, unit: str, zone: str) -> str | None:
    found = moment_of(value, unit, zone)
    if found is not None and timezone.is_aware(found):
        found = timezone.make_naive(found, zone_of(zone))
    return None if found is None else str(found)


def _date_in_sql(value: Any) -> str | None:
    found = date_of(value)
    return None if found is None else str(found)


def _time_in_sql(value: Any) -> str | None:
    found = time_of(value)
    return None if found is None else str(found)


FUNCTIONS: dict[str, tuple[int, Callable[..., str | None]]] = {
    "legacy_moment": (3, _moment_in_sql),
    "legacy_date": (1, _date_in_sql),
    "legacy_time": (1, _time_in_sql),
}


def _give_functions(connection: Any, **kwargs: Any) -> None:
    """To a connection when it is opened, or when a model of such fields came later."""
    if connection.vendor == "sqlite" and connection.connection is not None:
        for name, (arguments, function) in FUNCTIONS.items():
            connection.connection.create_function(name, arguments, function, deterministic=True)


connection_created.connect(_give_functions, dispatch_uid=f"{__name__}.functions")


class StoredCol(Read):
    """A column of one of these fields."""

    target: Any  # a Stored

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        _give_functions(connection)
        sql, params = self.as_sql(compiler, connection)
        return self.target.meaning(sql, connection), params

    def as_mysql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        sql, params = self.as_sql(compiler, connection)
        return self.target.meaning_on_mysql(sql), params

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        # What a subquery selects is compared with, and not read.
        vendor = compiler.connection.vendor
        if vendor == "mysql" and self.target.is_read_as_text and not compiler.query.subquery:
            # Its driver reads a date that is none as None.
            self.output_field = _UNCONVERTED
            raw, params = self.as_sql(compiler, compiler.connection)
            return f"CONCAT({raw})", params
        if vendor != "sqlite" or compiler.query.subquery:
            selected: tuple[str, Any] = super().select_format(compiler, sql, params)
            return selected
        # Neither Django's conversion nor that of Python's sqlite3 is to see it: an expression has no type.
        self.output_field = _UNCONVERTED
        raw, params = self.as_sql(compiler, compiler.connection)
        return f"+{raw}", params

    def get_db_converters(self, connection: Any) -> list[Any]:
        if self.output_field is _UNCONVERTED:
            return [self.target.from_stored]
        converters: list[Any] = super().get_db_converters(connection)
        return converters

    def get_group_by_cols(self) -> list[Any]:
        return [Col(self.alias, self.target)]  # rows that look different are no group

    def relabeled_clone(self, relabels: Any) -> "StoredCol":
        return StoredCol(relabels.get(self.alias, self.alias), self.target)


_UNCONVERTED: Any = models.Field()


class Stored:
    """What these fields share, before the field of Django that they stand for."""

    name: str
    get_db_prep_value: Any
    value_from_object: Any

    def get_col(self, alias: Any, output_field: Any = None) -> Any:
        target: Any = self
        return StoredCol(alias, target)

    def meaning(self, sql: str, connection: Any) -> str:
        """An expression that gives the column's value in Django's spelling, or NULL."""
        raise NotImplementedError

    def from_stored(self, value: Any, expression: Any, connection: Any) -> Any:
        """A value as it came from the column, for the model."""
        raise NotImplementedError

    # Whether MySQL's driver reads some of its values as None.
    is_read_as_text = False

    def meaning_on_mysql(self, sql: str) -> str:
        return sql

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        value = super().pre_save(instance, add)  # type: ignore[misc]
        return _Kept(self, value) if isinstance(value, AsItIs) and not add else value

    def spelled(self, value: Any, connection: Any) -> Any:
        """A new value, as the column stores it."""
        return self.get_db_prep_value(value, connection, prepared=False)

    def to_python(self, value: Any) -> Any:
        if (stored := of_fixture(value)) is not None:
            return AsItIs(stored)
        return value if isinstance(value, AsItIs) else super().to_python(value)  # type: ignore[misc]

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        # It is what the column holds.
        return value if isinstance(value, AsItIs) else super().clean(value, model_instance)  # type: ignore[misc]

    def get_prep_value(self, value: Any) -> Any:
        return value if isinstance(value, AsItIs) else super().get_prep_value(value)  # type: ignore[misc]

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, AsItIs):
            return value.stored
        if hasattr(value, "as_sql"):
            return as_column(value)
        text = getattr(value, "text", None)
        return (
            text
            if text is not None and connection.vendor == "sqlite"
            else self.spelled(value, connection)
        )

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        if isinstance(value, AsItIs):
            return in_fixture(value)
        text: str = super().value_to_string(obj)  # type: ignore[misc]
        return text


class _Kept:
    """What an UPDATE of a row leaves as it is: MySQL takes no date that is none, not even the one that it holds."""

    def __init__(self, field: Any, value: AsItIs) -> None:
        self.field, self.value = field, value

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        if connection.vendor == "mysql" and self.field.is_read_as_text:
            return connection.ops.quote_name(self.field.column), []
        return "%s", [self.value.stored]


def _is_day(sql: str) -> str:
    return f"YEAR({sql}) * MONTH({sql}) * DAY({sql}) > 0"


class _Day:
    """A date of MySQL may be ``0000-00-00``, or have a month or a day of 0."""

    is_read_as_text = True

    def meaning_on_mysql(self, sql: str) -> str:
        return f"IF({_is_day(sql)}, {sql}, NULL)"


class StoredDateTimeField(_Day, Stored, models.DateTimeField):  # type: ignore[type-arg]
    """A time in any spelling; ``unit`` says what numbers in it count, and new ones are to."""

    def __init__(self, *args: Any, unit: str = "", **kwargs: Any) -> None:
        self.unit = unit
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | ({"unit": self.unit} if self.unit else {})

    def meaning(self, sql: str, connection: Any) -> str:
        # The usual spelling costs no call.
        return (
            f"CASE WHEN datetime({sql}, '+0 days') = +{sql} AND +{sql} > '0001' THEN +{sql} "
            f"WHEN {sql} IS NOT NULL THEN legacy_moment({sql}, '{self.unit}', '{connection.timezone_name}') END"
        )

    def from_stored(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is None:
            return None
        moment = moment_of(value, self.unit, connection.timezone_name)
        if moment is None:
            return AsItIs(value)
        stored = StoredMoment.combine(moment.date(), moment.timetz())
        stored.text = value
        return stored

    def spelled(self, value: Any, connection: Any) -> Any:
        value = self.to_python(value)
        if value is None or not self.unit or connection.vendor != "sqlite":
            return super().spelled(value, connection)
        if timezone.is_naive(value):
            value = timezone.make_aware(value, zone_of(connection.timezone_name))
        return number_of(value, self.unit)


class StoredDateField(_Day, Stored, models.DateField):  # type: ignore[type-arg]
    """A day, perhaps stored as its midnight."""

    def meaning(self, sql: str, connection: Any) -> str:
        return (
            f"CASE WHEN date({sql}, '+0 days') = +{sql} AND +{sql} > '0001' THEN +{sql} "
            f"WHEN {sql} IS NOT NULL THEN legacy_date({sql}) END"
        )

    def from_stored(self, value: Any, expression: Any, connection: Any) -> Any:
        day = date_of(value)
        if day is None:
            return None if value is None else AsItIs(value)
        stored = StoredDate(day.year, day.month, day.day)
        stored.text = value
        return stored


class StoredTimeField(Stored, models.TimeField):  # type: ignore[type-arg]
    """A time of day, perhaps without seconds; MySQL counts to 838 hours, which are shown as they are."""

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        # Django's conversion fails at more hours than a day has.
        return (f"CONCAT({sql})" if compiler.connection.vendor == "mysql" else sql), params

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if not isinstance(value, str):
            return value
        found = time_of(value)
        return AsItIs(value) if found is None else found

    def meaning(self, sql: str, connection: Any) -> str:
        return (
            f"CASE WHEN time({sql}) = +{sql} THEN +{sql} "
            f"WHEN {sql} IS NOT NULL THEN legacy_time({sql}) END"
        )

    def from_stored(self, value: Any, expression: Any, connection: Any) -> Any:
        time = time_of(value)
        if time is None:
            return None if value is None else AsItIs(value)
        stored = StoredTime(time.hour, time.minute, time.second, time.microsecond)
        stored.text = value
        return stored


class StoredDecimalField(Stored, models.DecimalField):  # type: ignore[type-arg]
    """A number with so many places; a text or a finer number among them is shown as it is."""

    def meaning(self, sql: str, connection: Any) -> str:
        # Django hands numbers over as texts, which only a number turns into numbers.
        return f"CAST(CASE WHEN typeof({sql}) IN ('integer', 'real') THEN +{sql} END AS NUMERIC)"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        # SQLite adds floats up: what is beyond the last place is not in the values.
        if (
            connection.vendor == "sqlite"
            and isinstance(expression, models.Sum)
            and value is not None
        ):
            return value.quantize(decimal.Decimal(1).scaleb(-(self.decimal_places or 0)))
        return value

    def from_stored(self, value: Any, expression: Any, connection: Any) -> Any:
        if not isinstance(value, int | float):
            return None if value is None else AsItIs(value)
        try:
            # SQLite keeps 15 digits, as Django knows: what a float has beyond them is not in the value.
            number = decimal.Context(prec=15).create_decimal_from_float(value)
            number = number.quantize(
                decimal.Decimal(1).scaleb(-(self.decimal_places or 0)), context=self.context
            )
        except decimal.InvalidOperation:
            return AsItIs(value)
        return number if float(number) == float(value) else AsItIs(value)


class StoredBooleanField(Stored, models.BooleanField):  # type: ignore[type-arg]
    """1 and 0; anything else is shown as it is."""

    def meaning(self, sql: str, connection: Any) -> str:
        return f"CASE WHEN {sql} IN (0, 1) THEN +{sql} END"

    def from_stored(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is None or value in (0, 1):
            return None if value is None else bool(value)
        return AsItIs(value)


def _raw(lookup: Any, compiler: Any, connection: Any) -> Any:
    """The column itself, where a look-up is not about its meaning."""
    if connection.vendor in ("mysql", "sqlite") and isinstance(lookup.lhs, StoredCol):
        return lookup.lhs.as_sql(compiler, connection)
    return None


class _IsNull(IsNull):
    """A value that its field has no type for is no NULL."""

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> Any:
        raw = _raw(self, compiler, connection)
        # dates() and datetimes() ask so for what has a part to give.
        if raw and "plain_field" not in compiler.query.annotations:
            field = self.lhs.target
            # MySQL takes 0000-00-00 of a NOT NULL column for NULL, where it is compared as a date.
            is_zero_null = connection.vendor == "mysql" and field.is_read_as_text and not field.null
            return (f"CONCAT({raw[0]})", raw[1]) if is_zero_null else raw
        return super().process_lhs(compiler, connection, lhs)


def _plain(column: Any) -> Any:
    return Col(column.alias, column.target) if isinstance(column, StoredCol) else column


class _OfMeaning:
    """A value that its field has no type for is neither equal to one that has it, nor less, nor greater."""

    lhs: Any

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        sql, params = self.as_sql(compiler, connection)  # type: ignore[attr-defined]
        # exclude() would otherwise lose the row.
        return (f"COALESCE({sql}, 0)" if isinstance(self.lhs, StoredCol) else sql), params

    def as_mysql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        sql, params = self.as_sql(compiler, connection)  # type: ignore[attr-defined]
        if not isinstance(self.lhs, StoredCol) or not self.lhs.target.is_read_as_text:
            return sql, params
        # The column itself is compared, so that an index of it is used.
        column = _plain(self.lhs)
        own, given = compiler.compile(column)
        return f"({sql} AND {_is_day(own)})", [*params, *given * 3]

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> Any:
        is_raw = connection.vendor == "mysql" and lhs is None
        raw = is_raw and _raw(self, compiler, connection)
        return raw or super().process_lhs(compiler, connection, lhs)  # type: ignore[misc]


class _Exact(_OfMeaning, Exact):
    """A value that its field has no type for is found as it is stored."""

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> Any:
        is_raw = isinstance(self.rhs, AsItIs) or connection.vendor == "mysql"
        raw = is_raw and _raw(self, compiler, connection)
        return raw or super().process_lhs(compiler, connection, lhs)

    def as_mysql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        sql, params = self.as_sql(compiler, connection)
        return sql, params

    def get_db_prep_lookup(self, value: Any, connection: Any) -> Any:
        if isinstance(value, AsItIs):
            return "%s", [value.stored]
        return super().get_db_prep_lookup(value, connection)


class _In(_OfMeaning, In):
    as_mysql = _Exact.as_mysql

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        values = list(self.rhs) if self.rhs_is_direct_value() else []
        odd = [value for value in values if isinstance(value, AsItIs)]
        if not odd:
            return super().as_sql(compiler, connection)
        parts = [compiler.compile(_Exact(self.lhs, value)) for value in odd]
        if rest := [value for value in values if not isinstance(value, AsItIs)]:
            with suppress(EmptyResultSet):  # NULL alone
                parts.append(compiler.compile(_In(self.lhs, rest)))
        either = " OR ".join(part[0] for part in parts)
        return f"({either})", [param for part in parts for param in part[1]]


_COMPARED = [
    type(each.__name__, (_OfMeaning, each), {})
    for each in (GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual, Range)
]
for field in (
    StoredDateTimeField,
    StoredDateField,
    StoredTimeField,
    StoredDecimalField,
    StoredBooleanField,
):
    for lookup in (_IsNull, _Exact, _In, *_COMPARED):
        field.register_lookup(lookup)


def _every_value(self: Any, compiler: Any, connection: Any, **kwargs: Any) -> Any:
    """COUNT of such a column: what its field has no type for is counted, too."""
    if isinstance(self.get_source_expressions()[0], StoredCol) and not self.distinct:
        counted = self.copy()
        column, *others = self.get_source_expressions()
        counted.set_source_expressions([Col(column.alias, column.target), *others])
        return counted.as_sql(compiler, connection, **kwargs)
    return self.as_sql(compiler, connection, **kwargs)


# An engine's own SQL of an expression, as Django's documentation has it (ref/models/expressions).
setattr(models.Count, "as_sqlite", _every_value)  # noqa: B010
setattr(models.Count, "as_mysql", _every_value)  # noqa: B010


def _of_the_column(self: Any, compiler: Any, connection: Any, **kwargs: Any) -> Any:
    """ORDER BY a date of MySQL: by the column itself, whose index is used."""
    self = self.copy()
    self.set_source_expressions([_plain(self.expression)])
    return self.as_sql(compiler, connection, **kwargs)


def _years_of_the_column(self: Any, compiler: Any, connection: Any, **kwargs: Any) -> Any:
    """Years of a date of MySQL, by its index as well."""
    column = self.lhs.lhs
    if not isinstance(column, StoredCol):
        return self.as_sql(compiler, connection, **kwargs)
    here, part = self.copy(), copy.copy(self.lhs)
    part.set_source_expressions([_plain(column)])
    here.lhs = part
    sql, params = here.as_sql(compiler, connection, **kwargs)
    own, given = compiler.compile(_plain(column))
    return f"({sql} AND {_is_day(own)})", [*params, *given * 3]


setattr(OrderBy, "as_mysql", _of_the_column)  # noqa: B010
setattr(YearLookup, "as_mysql", _years_of_the_column)  # noqa: B010
