"""JSON that the server keeps as text, and that stays as it is spelled until it changes."""

import json
from importlib import import_module
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.backends.signals import connection_created
from django.db.models.fields.json import JSONExact
from django.db.models.lookups import In

from manydb.legacy.columns.compared import Compared, ComparedCol


class _Spelled:
    text = ""


class _Object(_Spelled, dict[str, Any]):
    pass


class _Array(_Spelled, list[Any]):
    pass


class _Text(_Spelled, str):
    pass


class _Whole(_Spelled, int):
    pass


class _Broken(_Spelled, float):
    """``1.50``, which Python would write as 1.5."""


_KINDS: dict[type, Any] = {dict: _Object, list: _Array, str: _Text, int: _Whole, float: _Broken}


def _as_json(value: Any, dumps: Any) -> Any:
    # By its name, as projects on other engines do without psycopg.
    return import_module("psycopg.types.json").Json(value, dumps=dumps)


class StoredJSONField(Compared, models.JSONField):
    """Its text goes back as it came: SQLite, MariaDB and ``json`` keep every blank, ``jsonb`` that of 1.10."""

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        # Otherwise psycopg would parse it before this field sees it.
        postgres = compiler.connection.vendor == "postgresql"
        return (f"CAST({sql} AS text)" if postgres else sql), params

    def compared(self, sql: str, connection: Any) -> str:
        # ``json`` of PostgreSQL is a text that is equal to nothing.
        return f"CAST({sql} AS jsonb)" if connection.vendor == "postgresql" else sql

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        parsed = super().from_db_value(value, expression, connection)
        kind = _KINDS.get(type(parsed))
        if kind is None:
            return parsed
        spelled = kind(parsed)
        spelled.text = value
        return spelled

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, _Spelled) and value.text and json.loads(value.text) == value:
            text = value.text
            return _as_json(None, lambda _: text) if connection.vendor == "postgresql" else text
        prepared = super().get_db_prep_save(value, connection)
        # One type for all rows of bulk_update(), and the one that keeps the spelling.
        is_jsonb = connection.vendor == "postgresql" and hasattr(prepared, "dumps")
        return _as_json(prepared.obj, prepared.dumps) if is_jsonb else prepared

    def cast_db_type(self, connection: Any) -> str | None:
        return "json" if connection.vendor == "postgresql" else super().cast_db_type(connection)


def _same(one: str | None, other: str | None) -> bool | None:
    """Whether two texts are the same JSON."""
    if one is None or other is None:
        return None
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return None


def _give_function(connection: Any, **kwargs: Any) -> None:
    if connection.vendor == "sqlite" and connection.connection is not None:
        connection.connection.create_function("legacy_same_json", 2, _same, deterministic=True)


connection_created.connect(_give_function, dispatch_uid=f"{__name__}.function")


def _is_text(lookup: Any, connection: Any) -> bool:
    """Whether the server would compare the spelling of JSON that is a text to it."""
    is_column = isinstance(lookup.lhs, ComparedCol)
    return is_column and connection.vendor in ("sqlite", "mysql")


def _equal(lookup: Any, value: Any, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
    _give_function(connection)
    # Not by process_lhs(), with which Django takes the quotes off a text that is JSON.
    column, params = compiler.compile(lookup.lhs)
    if isinstance(value, ComparedCol):
        other, given = compiler.compile(value)
    else:
        text = value.text if isinstance(value, _Spelled) and value.text else json.dumps(value)
        other, given = "%s", [text]
    params, given = list(params), list(given)
    if connection.vendor == "sqlite":
        return f"legacy_same_json({column}, {other})", [*params, *given]
    if connection.mysql_version >= (10, 7):
        # It takes NULL for equal, and two é that are spelled alike for different.
        are_there = f"{column} IS NOT NULL AND {other} IS NOT NULL"
        equal = f"({column} = {other} OR {are_there} AND JSON_EQUALS({column}, {other}))"
        return equal, [*params, *given] * 3
    return f"JSON_COMPACT({column}) = JSON_COMPACT({other})", [*params, *given]


@StoredJSONField.register_lookup
class _Exact(JSONExact):
    def as_sql(self, compiler: Any, connection: Any) -> Any:
        is_other = hasattr(self.rhs, "as_sql") and not isinstance(self.rhs, ComparedCol)
        if self.rhs is None or not _is_text(self, connection) or is_other:
            return super().as_sql(compiler, connection)
        return _equal(self, self.rhs, compiler, connection)


@StoredJSONField.register_lookup
class _In(In):
    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if not self.rhs_is_direct_value() or not _is_text(self, connection):
            return super().as_sql(compiler, connection)
        parts = [
            _equal(self, value, compiler, connection) for value in self.rhs if value is not None
        ]
        if not parts:
            raise EmptyResultSet
        sql = " OR ".join(part[0] for part in parts)
        return f"({sql})", [param for part in parts for param in part[1]]
