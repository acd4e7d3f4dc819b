"""The shape in which every dialect hands over its catalogue."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from manydb.legacy.tables import Reference


@dataclass(slots=True)
class Catalogue:
    """By table name: facts per column (fields of ``Column``), primary key, unique indexes, foreign keys.

    ``triggered`` are the tables that a trigger changes when a row is updated, ``comments`` those that have one.
    """

    columns: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(dict))
    )
    primary_keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unique: dict[str, list[tuple[str, ...]]] = field(default_factory=lambda: defaultdict(list))
    references: dict[str, list[Reference]] = field(default_factory=lambda: defaultdict(list))
    triggered: set[str] = field(default_factory=set)
    comments: dict[str, str] = field(default_factory=dict)

    def facts(self, table: str) -> tuple[Any, ...]:
        """All that is known of one table, to be compared with what was known before."""
        return (
            dict(self.columns.get(table, {})),
            self.primary_keys.get(table),
            self.unique.get(table),
            self.references.get(table),
            table in self.triggered,
        )

    def key_of(self, reference: Reference) -> tuple[str, ...]:
        """The column that a reference leads to, if the table is there and an index finds its rows."""
        table = reference.table[1]
        primary = self.primary_keys.get(table, ())
        targets = reference.target or primary
        return targets if targets == primary or targets in self.unique.get(table, ()) else ()
