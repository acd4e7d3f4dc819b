"""What a server puts into a column that an INSERT leaves out, as ``db_default``."""

import re
from typing import Any

from manydb.legacy.choices import TEXTS, Field, custom
from manydb.legacy.tables import Column

_CAST = re.compile(r"::[\w .\"\[\]]+(\(\d+(,\d+)?\))?$")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_TEXT = re.compile(r"'((?:[^']|'')*)'", re.DOTALL)
_WHOLE = ("SmallIntegerField", "IntegerField", "BigIntegerField")


def with_default(field: Field, column: Column, vendor: str) -> Field:
    """The field with the default of its column, a value where Python has it."""
    sql = _plain(column.default or "")
    if not sql or sql.upper() == "NULL" or "0000-00-00" in sql:
        return field
    return field.given(db_default=_value(field.kind, sql, vendor))


def _plain(sql: str) -> str:
    """Without the parentheses and the casts that servers write around a value."""
    sql = sql.strip()
    before = None
    while sql != before:
        before = sql
        sql = _CAST.sub("", sql).strip()
        if sql.startswith("(") and _closes(sql) == len(sql) - 1:
            sql = sql[1:-1].strip()
    return sql


def _closes(sql: str) -> int:
    """Where the first parenthesis ends; those in texts do not count."""
    depth = 0
    for part in re.finditer(r"'(?:[^']|'')*'|[()]", sql):
        depth += {"(": 1, ")": -1}.get(part[0], 0)
        if not depth:
            return part.start()
    return -1


def _value(kind: str, sql: str, vendor: str) -> Any:
    unquoted = sql[1:-1] if _TEXT.fullmatch(sql) else sql
    if kind.endswith("BooleanField") and unquoted.lower() in ("0", "1", "true", "false"):
        return unquoted.lower() in ("1", "true")
    if kind.endswith(_WHOLE) and re.fullmatch(r"[+-]?\d+", unquoted):
        return int(unquoted)
    if kind == "FloatField" and _NUMBER.fullmatch(unquoted):
        return float(unquoted)
    if kind in TEXTS and (text := _TEXT.fullmatch(sql)):
        return text[1].replace("''", "'")
    return custom("ServerDefault", sql, vendor)


def told(field: Field, column: Column, vendor: str, *, keyless: bool) -> Field:
    """The field with what its server says besides its type: the column's comment, and its default."""
    written = not (keyless or column.generated is not None or column.always)
    if written and not field.kind.endswith("AutoField"):
        field = with_default(field, column, vendor)
    return field.given(db_comment=column.comment) if column.comment else field
