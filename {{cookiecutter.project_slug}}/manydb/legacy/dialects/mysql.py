"""MySQL and MariaDB: what a column holds besides its type, versions of rows, JSON that is a text."""

import re
from collections import defaultdict
from typing import Any

from manydb.legacy.catalogue import Catalogue
from manydb.legacy.dialects.mysql_rows import as_declared, choose, questions
from manydb.legacy.tables import Reference

__all__ = ["as_declared", "catalogue", "choose", "questions", "schemas"]

_COLUMNS = """
    SELECT table_name, column_name, column_type, extra, generation_expression, column_default, column_comment,
        character_set_name
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
# The comment of a view is VIEW.
_COMMENTS = """
    SELECT table_name, table_comment FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type <> 'VIEW' AND table_comment <> ''"""
_TRIGGERED = """
    SELECT event_object_table FROM information_schema.triggers
    WHERE event_object_schema = DATABASE()
      AND (event_manipulation = 'UPDATE' OR event_manipulation = 'INSERT' AND action_timing = 'BEFORE')
    UNION SELECT table_name FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type = 'SYSTEM VERSIONED'"""
# JSON of MariaDB is a text with this check. Django's own query for it finds every check named as its column.
_JSON = """
    SELECT table_name, constraint_name FROM information_schema.check_constraints
    WHERE constraint_schema = DATABASE()
      AND LOWER(check_clause) = CONCAT('json_valid(`', LOWER(constraint_name), '`)')"""


def schemas(cursor: Any) -> list[str]:
    return [""]


def catalogue(cursor: Any, schema: str) -> Catalogue:
    found = Catalogue()
    times = set()  # from when to when MariaDB's versions of a row hold, which no expression says
    cursor.execute(_COLUMNS)
    for table, column, declared, extra, made, default, comment, charset in cursor.fetchall():
        expression = _text(made)
        if expression in ("ROW START", "ROW END"):
            times.add((table, column))
            expression = "NULL"
        found.columns[table][column] = {
            "type": str(declared).lower(),
            "members": _members(str(declared)),
            "auto": "auto_increment" in extra.lower(),
            "generated": expression or None,
            "default": _default(cursor, default, extra),
            "comment": _text(comment),
            # ASCII is a part of UTF-8.
            "charset": "" if (charset or "").startswith(("utf8", "ascii")) else charset or "",
            "stored": "stored" in extra.lower() or "persistent" in extra.lower(),
        }
        if "on update" in extra.lower():
            found.triggered.add(table)
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
    found.triggered |= {table for (table,) in cursor.fetchall()}
    cursor.execute(_COMMENTS)
    found.comments = {table: _text(comment) for table, comment in cursor.fetchall()}
    cursor.execute(_REFERENCES)
    references: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for table, constraint, target, column, to in cursor.fetchall():
        references[table, constraint, target].append((column, to))
    for (table, _, target), pairs in references.items():
        here, there = zip(*pairs, strict=True)
        found.references[table].append(Reference(here, ("", target), there))
    return found


def _default(cursor: Any, default: Any, extra: str) -> str | None:
    """In SQL, as MariaDB has it; MySQL has the value itself, unless it is an expression."""
    sql = None if default is None else _text(default)
    is_sql = cursor.db.mysql_is_mariadb or "default_generated" in extra.lower()
    if sql is None or is_sql or sql.upper().startswith(("CURRENT_TIMESTAMP", "B'")):
        return sql
    return "'{}'".format(sql.replace("'", "''"))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""


def _members(declared: str) -> tuple[str, ...]:
    if not declared.lower().startswith(("enum(", "set(")):
        return ()
    quoted = re.findall(r"'((?:[^'\\]|''|\\.)*)'", declared)
    return tuple(member.replace("''", "'").replace("\\\\", "\\") for member in quoted)
