"""Copies a template's tables into another database of the same MySQL or MariaDB server."""

from dataclasses import dataclass
from typing import Protocol

from django.db import ProgrammingError
from django.db.backends.utils import CursorWrapper

from manydb.tenants.lifecycle.places import Place


class Named(Protocol):
    """A database of the server."""

    @property
    def name(self) -> str: ...

    def quoted(self) -> str: ...


_MORE_THAN_TABLES = """
    SELECT (SELECT COUNT(*) FROM information_schema.tables
            WHERE table_schema = %s AND table_type <> 'BASE TABLE')
         + (SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = %s)
         + (SELECT COUNT(*) FROM information_schema.routines WHERE routine_schema = %s)
         + (SELECT COUNT(*) FROM information_schema.events WHERE event_schema = %s)
"""
# What is generated can't be written.
_COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = %s AND COALESCE(generation_expression, '') = ''
    ORDER BY table_name, ordinal_position
"""


@dataclass(frozen=True, slots=True)
class Tables:
    """The quoted names of a template's tables and the statements that make them; empty if it has more than tables."""

    names: list[str]
    statements: list[str]


_known: dict[str, Tables] = {}  # by a template's name, which changes when its tables do


def copy_tables(cursor: CursorWrapper, template: Named) -> bool:
    """Makes every table of the template, with its rows, in the database that the cursor is in.

    Returns:
        False, with nothing done, if there is more than tables: views, triggers, routines.
    """
    if not (statements := _tables(cursor, template).statements):
        return False
    cursor.execute(";\n".join(statements))  # all in one message
    while cursor.nextset():  # raises what one of them raised
        pass
    return True


def take_tables(cursor: CursorWrapper, template: Place, spare: Place) -> bool:
    """Moves every table of a spare of this template into the database that the cursor is in.

    Returns:
        False if the spare lacks a table, as one that another process has just taken, or if there is more
        than tables.
    """
    if not (names := _tables(cursor, template).names):
        return False
    moves = ", ".join(f"{spare.quoted()}.{name} TO {name}" for name in names)
    try:
        cursor.execute(f"RENAME TABLE {moves}")  # all of them or none
        taken = True
    except ProgrammingError:
        taken = False
    cursor.execute(f"DROP DATABASE IF EXISTS {spare.quoted()}")  # it is incomplete now
    return taken


def has_more_than_tables(cursor: CursorWrapper, place: Named) -> bool:
    """Returns whether a database has views, triggers, routines or events."""
    cursor.execute(_MORE_THAN_TABLES, [place.name] * 4)
    return bool(cursor.fetchone()[0])


def _tables(cursor: CursorWrapper, template: Named) -> Tables:
    if template.name not in _known:
        _known[template.name] = _read(cursor, template)
    return _known[template.name]


def _read(cursor: CursorWrapper, template: Named) -> Tables:
    if has_more_than_tables(cursor, template):
        return Tables([], [])
    # In any order, with the numbers that the rows have.
    statements = [
        "SET foreign_key_checks = 0, sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')"
    ]
    quote = cursor.db.ops.quote_name
    cursor.execute(_COLUMNS, [template.name])
    columns: dict[str, list[str]] = {}
    for table, column in cursor.fetchall():
        columns.setdefault(quote(table), []).append(quote(column))
    for table, names in columns.items():
        source = f"{template.quoted()}.{table}"
        cursor.execute(f"SHOW CREATE TABLE {source}")
        statements.append(cursor.fetchone()[1])
        cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {source})")  # noqa: S608  quoted, both
        if cursor.fetchone()[0]:
            listed = ", ".join(names)
            statements.append(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {source}")  # noqa: S608
    return Tables([*columns], statements)
