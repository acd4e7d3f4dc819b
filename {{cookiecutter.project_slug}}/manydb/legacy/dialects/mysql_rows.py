"""What the rows of a MySQL column are asked: bits, enums, sets, unsigned numbers and dates that are none."""

import re

from manydb.legacy.choices import JSON_LOST, Field, custom, model_field
from manydb.legacy.dialects.geodjango import IS_SHAPE, shape_field
from manydb.legacy.tables import Column

_INTEGERS = ("tinyint", "smallint", "mediumint", "int", "integer", "bigint")
_SHAPES = ("geometry", "point", "linestring", "polygon", "multi", "geomcollection")


def _base(column: Column) -> str:
    return re.split(r"[( ]", column.type, maxsplit=1)[0]


def questions(column: Column) -> dict[str, str]:
    base = _base(column)
    if column.type.startswith("tinyint(1)"):
        return {"boolean": ":c IN (0, 1)", "not boolean": ":c NOT IN (0, 1)"}
    if base == "bigint" and "unsigned" in column.type:
        return {"huge": ":c > 9223372036854775807"}
    if base in ("date", "datetime", "timestamp"):
        # YEAR() and MONTH() of a date that is none are 0.
        return {
            "zero": ":c IS NOT NULL AND YEAR(:c) = 0 AND MONTH(:c) = 0 AND DAY(:c) = 0",
            # ALLOW_INVALID_DATES lets in a 31 February as well.
            "partly zero": ":c IS NOT NULL AND (YEAR(:c) = 0 OR MONTH(:c) = 0 OR DAY(:c) = 0)"
            " AND NOT (YEAR(:c) = 0 AND MONTH(:c) = 0 AND DAY(:c) = 0)"
            " OR DAY(:c) > DAY(LAST_DAY(CONCAT(YEAR(:c), '-', MONTH(:c), '-01')))",
        }
    if base == "time":
        return {"not a time": ":c < '00:00:00' OR :c >= '24:00:00'"}
    if column.guess == IS_SHAPE:
        return {"not 0": "ST_SRID(:c) <> 0"}  # Django writes the system of the field
    if base == "json":
        return {"null": JSON_LOST}
    if base in ("char", "varchar", "enum", "set") or base.endswith("text"):
        return {"empty": "LENGTH(:c) = 0"}
    return {}


def choose(column: Column) -> Field | None:
    base, seen = _base(column), column.seen
    if "0000-00-00" in (column.default or "") and not column.nullable:
        seen = seen | {"zero"}  # it can come any day
    if column.type.startswith("tinyint(1)") and "boolean" in seen and "not boolean" not in seen:
        return model_field("BooleanField")
    if base in ("date", "datetime", "timestamp") and seen & {"zero", "partly zero"}:
        if "partly zero" in seen or column.nullable:
            return custom("ReadOnlyTextField")  # None could not say which of them it was
        name = "ZeroDateField" if base == "date" else "ZeroDateTimeField"
        return custom(name, null=True, blank=True)
    if "not a time" in seen or "null" in seen:
        return custom("ReadOnlyTextField")
    if "huge" in seen:
        return custom("UnsignedBigIntegerField")
    if base in _INTEGERS:
        return _integer(column, base)
    if base == "enum":
        longest = max(map(len, column.members))
        return custom("EnumField", max_length=longest or 1, choices=_choices(column))
    if base == "set":
        longest = len(",".join(column.members))
        return custom("SetField", max_length=longest or 1, choices=_choices(column))
    if base == "bit":
        return custom("BitBooleanField" if column.type == "bit(1)" else "BitField")
    if base in ("binary", "varbinary") or base.endswith("blob"):
        return model_field("BinaryField")
    if column.guess == IS_SHAPE and "not 0" not in seen:
        return shape_field(base, srid=0)
    if base.startswith(_SHAPES):
        return custom("GeometryTextField")
    if base == "json":
        return custom("StoredJSONField") if column.type == "json text" else model_field("JSONField")
    if base == "decimal":
        return model_field(
            "DecimalField", max_digits=column.precision, decimal_places=column.scale or 0
        )
    if base in ("char", "varchar"):
        made = custom if column.charset else model_field
        return made(f"{'Encoded' * bool(column.charset)}CharField", max_length=column.size)
    if base.endswith("text"):
        return custom("EncodedTextField") if column.charset else model_field("TextField")
    simple = {
        "year": "PositiveSmallIntegerField",
        "uuid": "UUIDField",
        "double": "FloatField",
    }
    if base in ("date", "datetime", "timestamp"):
        # It may be 0000-00-00 later. What MySQL makes itself is a date.
        made = model_field if column.generated is not None else custom
        stored = "" if column.generated is not None else "Stored"
        return made(f"{stored}{'DateField' if base == 'date' else 'DateTimeField'}")
    if base == "time":
        return custom("StoredTimeField")  # it may be of more hours than a day has
    if base in simple:
        return model_field(simple[base])
    return custom("SingleFloatField") if base == "float" else _inet(base)


def as_declared(chosen: Field, column: Column) -> Field:
    """Of a key, which MySQL is to find by its index: of several columns, it compares them all at once."""
    is_day = chosen.kind in ("StoredDateField", "StoredDateTimeField")
    return model_field(chosen.kind.removeprefix("Stored")) if is_day else chosen


def _inet(base: str) -> Field | None:
    return model_field("GenericIPAddressField") if base in ("inet4", "inet6") else None


def _choices(column: Column) -> list[tuple[str, str]]:
    return [(member, member) for member in column.members]


def _integer(column: Column, base: str) -> Field:
    size = {"tinyint": "Small", "smallint": "Small", "bigint": "Big"}.get(base, "")
    unsigned = "unsigned" in column.type
    if column.auto:
        return model_field("BigAutoField" if size == "Big" or unsigned else f"{size}AutoField")
    return model_field(f"{'Positive' if unsigned else ''}{size}IntegerField")
