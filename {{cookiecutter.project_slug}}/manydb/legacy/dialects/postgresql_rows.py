"""What the rows of a PostgreSQL column are asked, for Python's types have no room for all that it may hold."""

import re
from dataclasses import replace
from typing import Any

from manydb.legacy.choices import JSON_LOST, Field, custom, model_field
from manydb.legacy.dialects.geodjango import IS_SHAPE, for_postgis, of_postgis
from manydb.legacy.tables import Column

# Types that Django's field reads, and writes back as it read them.
_ELEMENTS = ("Integer", "Text", "Char", "Boolean", "Float", "Decimal", "UUID", "DateField")
_TEXTS = ("character", "text", "citext", "name", '"char"', "xml")


def _word(declared: str) -> str:
    """``character`` of ``character varying(9)``; an extension may be in a schema beside the search path."""
    word = re.split(r"[ (]", declared, maxsplit=1)[0]
    return "citext" if word.endswith(".citext") else word


def questions(column: Column) -> dict[str, str]:
    base, word = column.type, _word(column.type)
    if column.guess == IS_SHAPE:
        return of_postgis(column)
    if base.endswith("[]"):
        any_one = "EXISTS (SELECT 1 FROM unnest(:c) AS one WHERE {})"
        return {"deep": "array_ndims(:c) > 1 OR array_lower(:c, 1) <> 1"} | {
            answer: any_one.format(condition.replace(":c", "one"))
            for answer, condition in questions(replace(column, type=base[:-2])).items()
            if answer != "empty"
        }
    if word in ("date", "timestamp"):
        # 'infinity', years before Christ and after 9999: psycopg refuses to read the row.
        return {"no moment": ":c < '0001-01-02' OR :c >= '9999-12-31'"}
    if word == "time":
        return {"no moment": ":c = '24:00'"}
    if word == "interval":
        # A timedelta knows neither months nor days of another length than 24 hours.
        # Of less than no time it makes days, and a time that is added to them.
        return {
            "no moment": "EXTRACT(YEAR FROM :c) <> 0 OR EXTRACT(MONTH FROM :c) <> 0"
            " OR EXTRACT(HOUR FROM :c) NOT BETWEEN 0 AND 23"
            " OR EXTRACT(MINUTE FROM :c) < 0 OR EXTRACT(SECOND FROM :c) < 0"
        }
    if base == "jsonb":
        return {"null": ":c = 'null'::jsonb"}
    if base in ("json", "jsonb"):
        return {"null": JSON_LOST.replace(":c", ":c::text")}
    if word == "numeric":
        return {"no number": ":c IN ('NaN', 'Infinity', '-Infinity')"}
    if word in ("real", "double"):
        return {"negative zero": ":c = 0 AND :c::text = '-0'"}
    if word == "inet":
        return {"network": ":c <> host(:c)::inet"}
    return {"empty": ":c::text = ''"} if word in _TEXTS or column.members else {}


def choose(column: Column) -> Field | None:
    base = column.type
    if column.guess == IS_SHAPE:
        return for_postgis(column)
    if column.seen & {"no moment", "no number", "null", "deep", "network"}:
        return custom("ReadOnlyTextField")
    if column.members:
        choices = [(member, member) for member in column.members]
        arguments = {"max_length": max(map(len, column.members)), "choices": choices}
        if base.endswith("[]"):
            word = model_field("CharField", **arguments, null=True, blank=True)
            return custom("arrays.EnumArrayField", base_field=word)
        return custom("EnumField", kind=base, **arguments)
    if base.endswith("[]"):
        return _array(column)
    if base.startswith("timestamp") and base.endswith("without time zone"):
        return custom("NaiveDateTimeField")
    if base in ("json", "jsonb"):
        return custom("StoredJSONField")
    if base in ("macaddr", "macaddr8"):
        return custom("TypedCharField", kind=base, max_length=23)
    if base == "numeric":
        return custom("NumericField", max_digits=1000, decimal_places=500)
    if _word(base) == "real":
        return custom("SingleFloatField")
    if "negative zero" in column.seen:
        return custom("SignedZeroFloatField")
    if base == "oid":
        return custom("OidField")
    if base == "xml":
        return custom("ComparedTextField")
    if base.startswith("character(") and column.size and column.size > 1:
        return custom("PaddedCharField", max_length=column.size)
    if base == '"char"':
        return custom("ComparedTextField", kind=base)
    if _word(base) in _TEXTS and not column.guess:
        return model_field("TextField")
    if base.startswith("time") and base.endswith("with time zone") and column.guess == "TimeField":
        return custom("ReadOnlyTextField")
    if base == "bytea" or column.guess:
        return None
    return custom("ReadOnlyTextField")


def _array(column: Column) -> Field:
    if not column.element.startswith(_ELEMENTS) and not column.element.endswith("IntegerField"):
        return custom("ReadOnlyTextField")
    numbers = [int(number) for number in re.findall(r"\d+", column.type.partition("(")[2])]
    arguments: dict[str, Any] = {"null": True, "blank": True}
    name = column.element
    if name == "CharField":
        arguments = {"max_length": numbers[0]} | arguments if numbers else arguments
        name = name if numbers else "TextField"
    if name == "DecimalField" and not numbers:
        element = custom("NumericField", max_digits=1000, decimal_places=500, **arguments)
        return custom("arrays.ArrayField", base_field=element)
    if name == "DecimalField":
        digits, places = [*numbers, 0][:2]
        arguments = {"max_digits": digits, "decimal_places": places} | arguments
    is_single = _word(column.type) == "real[]"
    element = (
        custom("SingleFloatField", **arguments) if is_single else model_field(name, **arguments)
    )
    return custom("arrays.ArrayField", base_field=element)
