"""What the rows of a SQLite column are asked, and the field that their answers lead to."""

import re
from dataclasses import replace

from manydb.legacy.choices import JSON_LOST, MODELS, TEXTS, Field, custom, model_field
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
    " AND datetime(:c) IS NOT NULL AND substr(:c, 12, 2) < '24'"
)
_READABLE_CLOCK = (
    ":c GLOB '[0-2][0-9]:[0-5][0-9]*' AND substr(:c, 1, 2) < '24' AND time(:c) IS NOT NULL"
)
# What a number counts if all but 0 are so large: 1973 and later, and Julian days of the years that Python has.
_UNITS = {
    "seconds": (1e8, 1e11),
    "milliseconds": (1e11, 1e14),
    "microseconds": (1e14, 1e17),
    "julian": (1721426, 5373484),
}
# How others write true and false.
_WORDS = (
    ("t", "f"),
    ("true", "false"),
    ("True", "False"),
    ("TRUE", "FALSE"),
    ("Y", "N"),
    ("1", "0"),
)
# Defaults of a type that come back from an INSERT as they are.
_GIVEN_BACK = {
    "BooleanField": ("0", "1", "TRUE", "FALSE"),
    "DateField": ("CURRENT_DATE",),
    "DateTimeField": ("CURRENT_TIMESTAMP",),
    "TimeField": ("CURRENT_TIME",),
}
_STORED = (
    "StoredBooleanField",
    "StoredDateField",
    "StoredDateTimeField",
    "StoredDecimalField",
    "StoredTimeField",
)
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
        readable = _READABLE_CLOCK if kind == "TimeField" else _READABLE
        asked["not a time"] = f"typeof(:c) = 'text' AND ({readable}) IS NOT TRUE"
        number = "typeof(:c) IN ('integer', 'real') AND :c <> 0"
        asked["counted"] = number
        for unit, (first, end) in _UNITS.items():
            asked[f"not {unit}"] = f"{number} AND NOT (:c >= {first:.0f} AND :c < {end:.0f})"
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
    if column.uncollated:
        asked = {it: when.replace(":c", ":c COLLATE BINARY") for it, when in asked.items()}
    return asked


def is_utf8(text: bytes) -> bool:
    """SQLite takes any bytes for text, and has no function that tells."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def choose(column: Column) -> Field | None:
    column = replace(column, seen=column.seen | _by_default(column))
    if "not UTF-8" in column.seen:
        return custom("UndecodedTextField")
    chosen = _choose(column)
    if column.uncollated and chosen.kind in TEXTS:
        return custom("UncollatedTextField")
    return (
        as_declared(chosen, column)
        if column.generated is not None
        else _unconverted(chosen, column)
    )


def _by_default(column: Column) -> set[str]:
    """A text that the column gets by default, as ``blob DEFAULT ''``: a row of few values has it."""
    kind, text = family(column.type), re.fullmatch(r"'(.*)'", column.default or "", re.DOTALL)
    if not text or kind not in ("BinaryField", "BigIntegerField", "FloatField", "DecimalField"):
        return set()
    is_number = kind != "BinaryField" and re.fullmatch(r"\s*[+-]?\d*\.?\d+\s*", text[1])
    return set() if is_number else {"text"}


def is_lost(declared: str, default: str | None) -> bool:
    """Whether INSERT gives a default back as another value: Python's sqlite3 converts it before a field sees it."""
    kind, told = family(declared), (default or "NULL").strip("()").upper()
    return kind in _GIVEN_BACK and told != "NULL" and told not in _GIVEN_BACK[kind]


def as_declared(chosen: Field, column: Column) -> Field:
    """Instead of a field that compares meanings, one that compares what is stored: a key's, a generated column's."""
    if chosen.kind in _STORED:
        plain = chosen.kind.removeprefix("Stored")
        if "unit" in chosen.arguments:
            plain = "FloatField" if "real" in column.seen else "BigIntegerField"
            chosen = model_field(plain)
        elif f"not {plain}" in column.seen and plain in _WRITTEN:
            chosen = model_field("TextField")
        else:
            chosen = replace(chosen, path=f"{MODELS}.{plain}")
    return _unconverted(chosen, column)


def _unconverted(chosen: Field, column: Column) -> Field:
    """Python's sqlite3 converts by some declared types, which is to be the field's own type or to be avoided."""
    word = re.split(r"[( ]", column.type, maxsplit=1)[0]
    if word not in CONVERTED or chosen.kind == CONVERTED[word]:
        return chosen
    if chosen.kind in ("BigIntegerField", "FloatField", "TextField"):
        return custom(f"Raw{chosen.kind}")
    kept = chosen.kind in (*_STORED, "WordBooleanField") or chosen.kind.startswith("Raw")
    return chosen if kept else custom("AsStoredField")


def _choose(column: Column) -> Field:
    kind, stored = family(column.type), column.seen & set(_STORAGE)
    if column.auto:
        return model_field("BigAutoField")
    if column.guess == "JSONField":
        return custom("ReadOnlyTextField" if "null" in column.seen else "StoredJSONField")
    if kind == "BooleanField" and stored <= {"integer"} and "not boolean" not in column.seen:
        return custom("StoredBooleanField")
    if kind == "BooleanField" and stored == {"text"}:
        for yes, no in _WORDS:
            if f"not {yes}" not in column.seen:
                return custom("WordBooleanField", yes=yes, no=no)
    if kind == "DecimalField" and stored <= _NUMBERS and "imprecise" not in column.seen:
        return _decimal(column)
    if kind in _WRITTEN and stored <= {"text", *_NUMBERS}:
        return _moment(column, kind, stored)
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
        return custom(
            "StoredDecimalField", max_digits=column.precision, decimal_places=column.scale
        )
    # SQLite keeps no more than 15 digits of a number that is no integer.
    return custom("StoredDecimalField", max_digits=20 + scales[0], decimal_places=scales[0])


def _moment(column: Column, kind: str, stored: frozenset[str]) -> Field:
    if "not a time" in column.seen or (kind == "TimeField" and stored & _NUMBERS):
        return _as_stored(stored)
    if stored & _NUMBERS:
        units = [unit for unit in _UNITS if f"not {unit}" not in column.seen]
        return (
            custom("StoredDateTimeField", unit=units[0])
            if units and "counted" in column.seen
            else _as_stored(stored)
        )
    if kind == "DateField" and "not DateField" in column.seen:
        return custom("StoredDateTimeField")  # a day, and more than that
    return custom(f"Stored{kind}")
