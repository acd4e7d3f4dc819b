"""What the rows of a SQLite column are asked, and the field that their answers lead to."""

import re

from manydb.legacy.choices import JSON_LOST, Field, custom, model_field
from manydb.legacy.dialects.sqlite_types import CONVERTED, family, integer
from manydb.legacy.tables import Column

_DATE = "[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]"
_TIME = "[0-2][0-9]:[0-5][0-9]:[0-5][0-9]"
_MICRO = "." + "[0-9]" * 6
# What Django writes itself, so that writing back what was read changes no character; and no 30 February,
# which SQLite moves to March only when it has to reckon.
_WRITTEN = {
    "DateField": f":c GLOB '{_DATE}' AND date(:c, '+0 days') = :c AND substr(:c, 1, 4) > '0000'",
    "TimeField": f"(:c GLOB '{_TIME}' OR :c GLOB '{_TIME}{_MICRO}' AND :c NOT GLOB '*.000000')"
    " AND time(:c) = substr(:c, 1, 8)",
    "DateTimeField": f"(:c GLOB '{_DATE} {_TIME}' OR :c GLOB '{_DATE} {_TIME}{_MICRO}'"
    " AND :c NOT GLOB '*.000000') AND datetime(:c, '+0 days') = substr(:c, 1, 19) AND substr(:c, 1, 4) > '0000'",
}
# What can be read as a time, whatever its spelling and zone.
_READABLE = (
    "date(substr(:c, 1, 10), '+0 days') = substr(:c, 1, 10) AND substr(:c, 1, 4) > '0000'"
    " AND datetime(:c) IS NOT NULL"
)
# How others write true and false.
_WORDS = (
    ("t", "f"),
    ("true", "false"),
    ("True", "False"),
    ("TRUE", "FALSE"),
    ("Y", "N"),
    ("1", "0"),
)
_UNCONVERTED = ("StoredDateTimeField", "WordBooleanField")
IS_UTF8 = "legacy_is_utf8"  # the name that our function has in SQL
_STORAGE = ("text", "integer", "real", "blob")
_NUMBERS = {"integer", "real"}


def questions(column: Column) -> dict[str, str]:
    asked = {storage: f"typeof(:c) = '{storage}'" for storage in _STORAGE}
    asked["empty"] = ":c = ''"
    asked["not UTF-8"] = f"typeof(:c) = 'text' AND NOT {IS_UTF8}(CAST(:c AS BLOB))"
    if column.guess == "JSONField":
        asked["null"] = JSON_LOST
    kind = family(column.type)
    if kind in _WRITTEN:
        for field, condition in _WRITTEN.items():
            asked[f"not {field}"] = f":c IS NOT NULL AND ({condition}) IS NOT TRUE"
        asked["not a time"] = f":c IS NOT NULL AND ({_READABLE}) IS NOT TRUE"
    if kind == "BooleanField":
        asked["not boolean"] = ":c NOT IN (0, 1)"
        asked |= {f"not {yes}": f":c NOT IN ('{yes}', '{no}')" for yes, no in _WORDS}
    if kind == "DecimalField":
        asked |= {f"finer than {scale}": f"ROUND(:c, {scale}) <> :c" for scale in range(11)}
        # Django reads numbers of SQLite with 15 digits.
        asked["imprecise"] = "CAST(printf('%.15g', :c) AS REAL) <> :c OR ABS(:c) >= 1e20"
        asked["wide"] = f"ABS(:c) >= 1e{(column.precision or 15) - (column.scale or 0)}"
    if kind == "CharField":
        asked["long"] = f"LENGTH(:c) > {column.size or 10**9}"
    return asked


def is_utf8(text: bytes) -> bool:
    """SQLite takes any bytes for text, and has no function that tells."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def choose(column: Column) -> Field | None:
    if "not UTF-8" in column.seen:
        return custom("UndecodedTextField")
    chosen = _choose(column)
    word = re.split(r"[( ]", column.type, maxsplit=1)[0]
    if word not in CONVERTED or chosen.kind == CONVERTED[word]:
        return chosen
    if chosen.kind in ("BigIntegerField", "FloatField", "TextField", "DateTimeField"):
        return custom(f"Raw{chosen.kind}")
    return chosen if chosen.kind in _UNCONVERTED else custom("AsStoredField")


def _choose(column: Column) -> Field:
    kind, stored = family(column.type), column.seen & set(_STORAGE)
    if column.auto:
        return model_field("BigAutoField")
    if column.guess == "JSONField":
        return custom("ReadOnlyTextField" if "null" in column.seen else "StoredJSONField")
    if kind == "BooleanField" and stored <= {"integer"} and "not boolean" not in column.seen:
        return model_field("BooleanField")
    if kind == "BooleanField" and stored == {"text"}:
        for yes, no in _WORDS:
            if f"not {yes}" not in column.seen:
                return custom("WordBooleanField", yes=yes, no=no)
    if kind == "DecimalField" and stored <= _NUMBERS and "imprecise" not in column.seen:
        return _decimal(column)
    if kind in _WRITTEN and stored <= {"text"}:
        return _moment(column, kind)
    if kind == "CharField" and stored <= {"text"} and "long" not in column.seen:
        return model_field("CharField", max_length=column.size)
    if kind in ("CharField", "TextField") and stored <= {"text"}:
        return model_field("TextField")
    if kind == "BinaryField" and stored <= {"blob"}:
        return model_field("BinaryField")
    if kind == "FloatField" and stored <= {"real"}:
        return model_field("FloatField")
    if kind == "BigIntegerField" and stored <= {"integer"}:
        return model_field(integer(column.type))
    return _as_stored(stored)


def _as_stored(stored: frozenset[str]) -> Field:
    by_storage = {"integer": "BigIntegerField", "blob": "BinaryField", "real": "FloatField"}
    if len(stored) == 1 and (only := min(stored)) in by_storage:
        return model_field(by_storage[only])
    return model_field("TextField") if stored <= {"text"} else custom("AsStoredField")


def _decimal(column: Column) -> Field:
    scales = [scale for scale in range(11) if f"finer than {scale}" not in column.seen]
    if not scales:
        return model_field("FloatField") if column.seen >= {"real"} else custom("AsStoredField")
    if column.precision and "wide" not in column.seen and (column.scale or 0) >= scales[0]:
        return model_field("DecimalField", max_digits=column.precision, decimal_places=column.scale)
    # SQLite keeps no more than 15 digits of a number that is no integer.
    return model_field("DecimalField", max_digits=20 + scales[0], decimal_places=scales[0])


def _moment(column: Column, kind: str) -> Field:
    if f"not {kind}" not in column.seen:
        return model_field(kind)
    if kind == "DateField" and "not DateTimeField" not in column.seen:
        return model_field("DateTimeField")
    loose = kind != "TimeField" and "not a time" not in column.seen
    return custom("StoredDateTimeField") if loose else model_field("TextField")
