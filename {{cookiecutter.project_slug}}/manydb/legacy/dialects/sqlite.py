"""SQLite, where a declared type is only a wish: what the rows hold decides."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from manydb.core.collations import by_letters, missing_collations
from manydb.legacy.catalogue import Catalogue
from manydb.legacy.deadline import SECONDS, TookTooLong, within
from manydb.legacy.dialects.sqlite_rows import (
    IS_UTF8,
    as_declared,
    choose,
    is_lost,
    is_utf8,
    questions,
)
from manydb.legacy.tables import Reference

__all__ = ["as_declared", "catalogue", "choose", "prepare", "questions", "schemas"]


_ON_UPDATE = re.compile(r"(?is)(?:(?!\bbegin\b).)*?\b(?:update|insert)\b(?:(?!\bbegin\b).)*?\bon\b")


def schemas(cursor: Any) -> list[str]:
    return [""]


def prepare(connection: Any) -> None:
    """Gives the connection the function that ``questions`` use."""
    connection.ensure_connection()
    connection.connection.create_function(IS_UTF8, 1, is_utf8, deterministic=True)


def catalogue(cursor: Any, schema: str) -> Catalogue:
    found = Catalogue()
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    for table, sql in cursor.fetchall():
        try:
            _read_table(cursor, found, table, sql or "")
        except Exception as error:  # a virtual table without its module: read as Django reads it
            _raise_if_locked(error)
    cursor.execute("SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
    found.triggered |= {table for table, sql in cursor.fetchall() if _ON_UPDATE.match(sql or "")}
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'view'")
    for (view,) in cursor.fetchall():
        try:
            for _, column, declared, *_ in _pragma(cursor, "table_xinfo", view):
                found.columns[view][column] = {"type": declared.lower()} | _size(declared)
        except Exception as error:  # a view on what is gone: Django's own error names it
            _raise_if_locked(error)
    _find_uncollated(cursor, found)
    return found


def _raise_if_locked(error: Exception) -> None:
    if "locked" in str(error):
        raise error


def _pragma(cursor: Any, pragma: str, name: str) -> list[Any]:
    quoted = name.replace('"', '""')
    return list(cursor.execute(f'PRAGMA {pragma}("{quoted}")').fetchall())


def _read_table(cursor: Any, found: Catalogue, table: str, sql: str) -> None:
    key = {}
    for _, column, declared, _, default, place, hidden in _pragma(cursor, "table_xinfo", table):
        facts: dict[str, Any] = {"type": declared.lower()} | _size(declared)
        facts["default"] = _default(default)
        if is_lost(facts["type"], facts["default"]):
            found.triggered.add(table)  # so the row is read again
        if hidden in (2, 3):
            facts |= {"generated": _expression(sql, column), "stored": hidden == 3}
        if place:
            key[place] = column
        found.columns[table][column] = facts
    indexes = _pragma(cursor, "index_list", table)
    found.primary_keys[table] = tuple(key[place] for place in sorted(key))
    if len(key) == 1:
        (only,) = key.values()
        # The alias of the row's number needs no index; "INT PRIMARY KEY" is none, and gets no value by itself.
        indexed = any(origin == "pk" for _, _, _, origin, _ in indexes)
        integer = found.columns[table][only]["type"] == "integer"
        found.columns[table][only]["auto"] = integer and not indexed
    if _has_nulls(cursor, found, table, list(key.values())):
        del found.primary_keys[table]
    for name in found.primary_keys.get(table, ()):
        found.columns[table][name]["nullable"] = False
    for _, index, unique, origin, partial in indexes:
        columns = tuple(row[2] for row in _pragma(cursor, "index_info", index))
        if unique and not partial and origin != "pk" and None not in columns:
            found.unique[table].append(columns)
    _read_references(cursor, found, table)


def _databases(cursor: Any) -> list[Any]:
    return list(cursor.execute("PRAGMA database_list").fetchall())


def _find_uncollated(cursor: Any, found: Catalogue) -> None:
    """Marks the columns whose order only the software has that made the file."""
    missing = missing_collations(cursor) | set(getattr(cursor.db, "stand_ins", ()))
    if not missing:
        return
    # NAME may be a URI.
    path = next(Path(file) for _, name, file in _databases(cursor) if name == "main")
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as bare:
        for name in missing_collations(bare.cursor()) - missing:
            bare.create_collation(name, by_letters)  # one that the project brings along
        for table, columns in found.columns.items():
            for column, facts in columns.items():
                facts["uncollated"] = _lacks_order(bare, cursor.db.ops.quote_name, table, column)
            found.references[table] = [
                each
                for each in found.references[table]
                if not any(columns[name].get("uncollated") for name in each.columns)
            ]  # SQLite could not join the two


def _lacks_order(bare: Any, quote: Any, table: str, column: str) -> bool:
    try:
        bare.execute(f"SELECT 1 FROM {quote(table)} ORDER BY {quote(column)} LIMIT 0")  # noqa: S608
    except sqlite3.Error as error:
        return "collation" in str(error)
    return False


def _has_nulls(cursor: Any, found: Catalogue, table: str, key: list[str]) -> bool:
    """SQLite lets NULLs into a primary key, unless it is the row's number or declared NOT NULL."""
    if not key or any(found.columns[table][name].get("auto") for name in key):
        return False
    quote = cursor.db.ops.quote_name
    conditions = " OR ".join(f"{quote(name)} IS NULL" for name in key)
    try:
        with within(cursor.db, SECONDS):
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {quote(table)} WHERE {conditions})")  # noqa: S608
            return bool(cursor.fetchone()[0])
    except TookTooLong:
        return False  # a large table, whose key is taken at its word


def _read_references(cursor: Any, found: Catalogue, table: str) -> None:
    rows: dict[int, list[Any]] = {}
    for number, _, target, column, to, *_ in _pragma(cursor, "foreign_key_list", table):
        rows.setdefault(number, []).append((target, column, to))
    for number in sorted(rows):
        targets, columns, to = zip(*rows[number], strict=True)
        target = () if None in to else to
        found.references[table].append(Reference(columns, ("", targets[0]), target))


def _size(declared: str) -> dict[str, int | None]:
    numbers = [int(number) for number in re.findall(r"\d+", declared.partition("(")[2])]
    first, second = [*numbers, None, None][:2]
    return {
        "size": first,
        "precision": first,
        "scale": second if second is not None else 0 if first else None,
    }


def _default(sql: str | None) -> str | None:
    """In SQL that means the same outside of CREATE TABLE, where a word without quotes, or in double ones, is a text."""
    if sql is None or sql.startswith("'"):
        return sql
    if sql.startswith('"') and sql.endswith('"'):
        return "'{}'".format(sql[1:-1].replace('""', '"').replace("'", "''"))
    is_word = re.fullmatch(r"[A-Za-z_]\w*", sql)
    known = ("NULL", "TRUE", "FALSE", "CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP")
    return f"'{sql}'" if is_word and sql.upper() not in known else sql


def _expression(sql: str, column: str) -> str:
    """What a generated column is made of: SQLite keeps it nowhere but in CREATE TABLE."""
    name = rf"""["`\[]?{re.escape(column)}["`\]]?\s[^,]*?\bAS\s*\("""
    start = re.search(name, sql, re.IGNORECASE)
    depth, begin = 1, start.end() if start else len(sql)
    for part in re.finditer(r"""'[^']*'|"[^"]*"|[()]""", sql[begin:]):
        depth += {"(": 1, ")": -1}.get(part[0], 0)
        if not depth:
            return " ".join(sql[begin : begin + part.start()].split())
    return "NULL"
