"""Which foreign keys become relations."""

from collections.abc import Container
from dataclasses import dataclass

from manydb.legacy.choices import SHOWN_ONLY, TEXTS, Field
from manydb.legacy.tables import Name, Reference, Table

# Kinds of fields that no relation is made of.
_UNRELATED = (*SHOWN_ONLY, "JSONField", "ArrayField")


@dataclass(frozen=True, slots=True)
class Relation:
    """A foreign key that Django can follow, its target columns spelled out."""

    columns: tuple[str, ...]
    table: Table
    target: tuple[str, ...]


Chosen = dict[tuple[Name, str], Field]


class Relations:
    """The relations of all tables; ``notes`` says which foreign keys stay plain columns, and why."""

    def __init__(
        self, tables: tuple[Table, ...], fields: Chosen, hidden: Container[Name] = ()
    ) -> None:
        """``hidden`` are tables whose models can't be referred to."""
        self.fields = fields
        self.hidden = hidden
        # SQLite and MySQL may spell a table's name in another case where they refer to it.
        self.tables = {(table.name[0], table.name[1].lower()): table for table in tables}
        self.tables |= {table.name: table for table in tables}
        self.notes: list[str] = []
        self.found: dict[Name, list[Relation]] = {}
        single: dict[tuple[Name, str], tuple[Name, str]] = {}
        for table in tables:
            kept = self.found[table.name] = []
            for reference in table.references:
                relation = self._relation(table, reference)
                if isinstance(relation, str):
                    self.notes.append(f"{table.label} ({', '.join(reference.columns)}): {relation}")
                    continue
                if len(relation.columns) == 1:
                    here = (table.name, relation.columns[0])
                    there = (relation.table.name, relation.target[0])
                    if here in single:
                        continue  # one relation per column
                    if _leads_back(single, here, there):
                        self.notes.append(f"{table.label} ({here[1]}): leads back to itself")
                        continue
                    single[here] = there
                kept.append(relation)

    def spare_one(self, table: Table) -> None:
        """Leaves a column of a table without a key plain, to stand in for one."""
        related = {it.columns[0] for it in self.found[table.name] if len(it.columns) == 1}
        if related.issuperset(column.name for column in table.columns):
            first = table.columns[0].name
            self.found[table.name] = [
                relation for relation in self.found[table.name] if relation.columns != (first,)
            ]
            self.notes.append(f"{table.label} ({first}): stands in for the key that it lacks")

    def _relation(self, table: Table, reference: Reference) -> Relation | str:
        schema, name = reference.table
        target = self.tables.get((schema, name)) or self.tables.get((schema, name.lower()))
        if target is None:
            return f"refers to {name}, which is not there"
        if target.name in self.hidden:
            return f"refers to {target.label}, of which models.py has no class"
        spelled = {column.name.lower(): column.name for column in target.columns}
        to = tuple(spelled.get(column.lower(), column) for column in reference.target or target.key)
        if target.view or (set(to) != set(target.key) and set(to) not in map(set, target.unique)):
            return f"refers to columns of {target.label} that are not unique"
        if len(to) != len(reference.columns):
            return f"refers to {target.label} by another number of columns than its key has"
        if any("%" in name for name in (*reference.columns, *to)):
            return "has % in the name of a column, which Django's joins do not escape"
        pairs = zip(reference.columns, to, strict=True)
        if any(self._family(table, one) != self._family(target, other) for one, other in pairs):
            return (
                f"refers to columns of {target.label} of another type, or of one without relations"
            )
        return Relation(reference.columns, target, to)

    def _family(self, table: Table, column: str) -> str:
        field = self.fields.get((table.name, column))
        kind = field.kind if field else ""
        if kind in TEXTS:
            return "text"
        if kind.endswith(("IntegerField", "AutoField")):
            return "number"
        # A column that is only shown, or whose values have no hash, is alike to none.
        return f"{table.label}.{column}" if kind.endswith(_UNRELATED) else kind


def _leads_back(
    single: dict[tuple[Name, str], tuple[Name, str]],
    here: tuple[Name, str],
    there: tuple[Name, str],
) -> bool:
    while there != here:
        if there not in single:
            return False
        there = single[there]
    return True
