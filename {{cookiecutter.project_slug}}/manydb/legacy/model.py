"""A model before it is written: a table with names, fields and relations."""

from dataclasses import dataclass, field

from manydb.legacy.choices import MODELS, Field
from manydb.legacy.relations import Relation
from manydb.legacy.tables import Table

DO_NOTHING = Field(f"{MODELS}.DO_NOTHING", positional=(None,))  # a name, not a call


@dataclass(slots=True)
class Model:
    """A model to be written: ``fields`` by name, in the order of the columns."""

    name: str
    table: Table
    keyless: bool
    columns: dict[str, str] = field(default_factory=dict)  # column -> field name
    fields: dict[str, Field] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)  # by column
    wide: list[Relation] = field(default_factory=list)  # of several columns

    def attribute(self, column: str) -> str:
        """What holds the column's value: ``artist_id`` of the relation ``artist``."""
        name = self.columns[column]
        return f"{name}_id" if column in self.relations else name

    @property
    def triggered(self) -> bool:
        return self.table.triggered and not self.keyless

    @property
    def key(self) -> tuple[str, ...]:
        if not self.keyless:
            return self.table.key
        required = [column.name for column in self.table.columns if not column.nullable]
        named = [column.name for column in self.table.columns if column.name.lower() == "id"]
        return (*named, *required, self.table.columns[0].name)[:1]


@dataclass(slots=True)
class Plan:
    """All models of a database, and what is not as it was there."""

    models: list[Model]
    left_out: dict[str, str]
    notes: list[str]
