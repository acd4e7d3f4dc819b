"""MySQL and MariaDB: bits, enums, sets, unsigned numbers and dates that are none."""

import re
from collections import defaultdict
from typing import Any

from ..catalogue import Catalogue
from ..choices import Field, custom, model_field
from ..tables import Column, Reference

_COLUMNS = """
    SELECT table_name, column_name, column_type, extra, generation_expression
    FROM information_schema.columns WHERE table_schema = DATABASE()"""
_KEYS = """
    SELECT table_name, index_name, column_name, sub_part
    FROM information_schema.statistics WHERE table_schema = DATABASE() AND non_unique = 0
    ORDER BY table_name, index_name, seq_in_index"""
_REFERENCES = """
    SELECT table_name, constraint_name, referenced_table_name, column_name, referenced_column_name
    FROM information_schema.key_column_usage
    WHERE table_schema = DATABASE() AND referenced_table_schema = DATABASE()
    ORDER BY table_name, constraint_name, ordinal_position"""
_TRIGGERED = """
    SELECT event_object_table FROM information_schema.triggers
    WHERE event_object_schema = DATABASE() AND event_manipulation = 'UPDATE'
    UNION SELECT table_name FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type = 'SYSTEM VERSIONED'"""
# JSON of MariaDB is a text with this check. Django's own query for it finds every check named as its column.
_JSON = """
    SELECT table_name, constraint_name FROM information_schema.check_constraints
    WHERE constraint_schema = DATABASE()
      AND LOWER(check_clause) = CONCAT('json_valid(`', LOWER(constraint_name), '`)')"""
_INTEGERS = ("tinyint", "smallint", "mediumint", "int", "integer", "bigint")
_SHAPES = ("geometry", "point", "linestring", "polygon", "multi", "geomcollection")


def schemas(cursor: Any) -> list[str]:
    return [""]


def catalogue(cursor: Any, schema: str) -> Catalogue:
    found = Catalogue()
    times = set()  # from when to when MariaDB's versions of a row hold, which no expression says
    cursor.execute(_COLUMNS)
    for table, column, declared, extra, made in cursor.fetchall():
        expression = _text(made)
        if expression in ("ROW START", "ROW END"):
            times.add((table, column))
            expression = "NULL"
        found.columns[table][column] = {
            "type": str(declared).lower(),
            "members": _members(str(declared)),
            "auto": "auto_increment" in extra.lower(),
            "generated": expression or None,
            "stored": "stored" in extra.lower() or "persistent" in extra.lower(),
        }
    if cursor.db.mysql_is_mariadb:
        cursor.execute(_JSON)
        for table, column in cursor.fetchall():
            found.columns[table][column]["type"] = "json text"
    cursor.execute(_KEYS)
    keys: dict[tuple[str, str], list[str | None]] = defaultdict(list)
    for table, index, column, prefix in cursor.fetchall():
        keys[table, index].append(None if prefix else column)
    for (table, index), columns in keys.items():
        # MariaDB adds the end of a version to the keys of its table.
        whole = tuple(column for column in columns if column and (table, column) not in times)
        if index == "PRIMARY":
            found.primary_keys[table] = whole
        elif None not in columns:
            found.unique[table].append(whole)
    cursor.execute(_TRIGGERED)
    found.triggered = {table for (table,) in cursor.fetchall()}
    cursor.execute(_REFERENCES)
    references: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for table, constraint, target, column, to in cursor.fetchall():
        references[table, constraint, target].append((column, to))
    for (table, _, target), pairs in references.items():
        here, there = zip(*pairs, strict=True)
        found.references[table].append(Reference(here, ("", target), there))
    return found


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""


def _members(declared: str) -> tuple[str, ...]:
    if not declared.lower().startswith(("enum(", "set(")):
        return ()
    quoted = re.findall(r"'((?:[^'\\]|''|\\.)*)'", declared)
    return tuple(member.replace("''", "'").replace("\\\\", "\\") for member in quoted)


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
            "partly zero": ":c IS NOT NULL AND (YEAR(:c) = 0 OR MONTH(:c) = 0 OR DAY(:c) = 0)"
            " AND NOT (YEAR(:c) = 0 AND MONTH(:c) = 0 AND DAY(:c) = 0)",
        }
    if base == "time":
        return {"not a time": ":c < '00:00:00' OR :c >= '24:00:00'"}
    if base == "json":
        return {"null": "TRIM(:c) = 'null'"}
    if base in ("char", "varchar", "enum", "set") or base.endswith("text"):
        return {"empty": "LENGTH(:c) = 0"}
    return {}


def choose(column: Column) -> Field | None:
    base, seen = _base(column), column.seen
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
        return model_field("CharField", max_length=longest or 1, choices=_choices(column))
    if base == "set":
        longest = len(",".join(column.members))
        return custom("SetField", max_length=longest or 1, choices=_choices(column))
    if base == "bit":
        return custom("BitBooleanField" if column.type == "bit(1)" else "BitField")
    if base in ("binary", "varbinary") or base.endswith("blob"):
        return model_field("BinaryField")
    if base.startswith(_SHAPES):
        return custom("GeometryTextField")
    if base == "json":
        return custom("StoredJSONField") if column.type == "json text" else model_field("JSONField")
    if base == "decimal":
        return model_field(
            "DecimalField", max_digits=column.precision, decimal_places=column.scale or 0
        )
    if base in ("char", "varchar"):
        return model_field("CharField", max_length=column.size)
    if base.endswith("text"):
        return model_field("TextField")
    simple = {
        "year": "PositiveSmallIntegerField",
        "uuid": "UUIDField",
        "double": "FloatField",
        "time": "TimeField",
        "date": "DateField",
        "datetime": "DateTimeField",
        "timestamp": "DateTimeField",
    }
    if base in simple:
        return model_field(simple[base])
    return custom("SingleFloatField") if base == "float" else _inet(base)


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
