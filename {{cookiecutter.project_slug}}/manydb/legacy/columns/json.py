"""JSON that the server keeps as text, and that stays as it is spelled until it changes."""

import json
from importlib import import_module
from typing import Any

from django.db import models


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


def _as_text(text: str, connection: Any) -> Any:
    if connection.vendor != "postgresql":
        return text
    # By its name, as projects on other engines do without psycopg.
    return import_module("psycopg.types.json").Json(None, dumps=lambda _: text)


class StoredJSONField(models.JSONField):
    """Its text goes back as it came: SQLite, MariaDB and ``json`` keep every blank, ``jsonb`` that of 1.10."""

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        # Otherwise psycopg would parse it before this field sees it.
        postgres = compiler.connection.vendor == "postgresql"
        return (f"CAST({sql} AS text)" if postgres else sql), params

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
            return _as_text(value.text, connection)
        return super().get_db_prep_save(value, connection)
