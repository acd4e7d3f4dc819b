"""What sets one tenant's tables apart from those of the others."""

from collections.abc import Iterator
from typing import Any

from manydb.core.ownership import IDENTITY_TABLE
from manydb.legacy.drift.difference import Drift
from manydb.legacy.tables import Found, Name, label_of


def tenants_that_differ(tables: dict[str, Found]) -> Iterator[Drift]:
    """What sets a tenant's tables apart from those that most tenants have.

    Compared with each other, not with the models, so also an index or a type that no model mentions counts.
    The engine's own table does not: a database that settings list has it once a command has claimed it.
    """
    names = {table.name for found in tables.values() for table in found.tables}
    names.discard(("", IDENTITY_TABLE))
    for name in sorted(names):
        shapes = {
            alias: next((table for table in found.tables if table.name == name), None)
            for alias, found in tables.items()
        }
        kinds = list(shapes.values())
        usual = max(kinds, key=kinds.count)
        for alias, shape in shapes.items():
            if shape != usual:
                yield from _differences(alias, name, shape, usual)


def _differences(alias: str, name: Name, shape: Any, usual: Any) -> Iterator[Drift]:
    label = label_of(name)
    if shape is None or usual is None:
        there = "missing" if shape is None else "extra"
        yield Drift(alias, label, "", "table", "most tenants", there)
        return
    mine = {column.name: column for column in shape.columns}
    theirs = {column.name: column for column in usual.columns}
    for column in sorted(mine.keys() | theirs.keys()):
        if mine.get(column) != theirs.get(column):
            texts = [_text(there.get(column)) for there in (theirs, mine)]
            yield Drift(alias, label, column, "column", *texts)
    for what in ("primary_key", "unique", "references"):
        if getattr(shape, what) != getattr(usual, what):
            yield Drift(
                alias, label, "", what, str(getattr(usual, what)), str(getattr(shape, what))
            )


def _text(column: Any) -> str:
    if column is None:
        return "missing"
    return str(column.type) + ("" if column.nullable else " not null")
