"""A model before it is written: a table with names, fields and relations."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from manydb.legacy.choices import MODELS, Field
from manydb.legacy.kept import KeptField, KeptModel
from manydb.legacy.relations import Relation
from manydb.legacy.tables import Table

DO_NOTHING = Field(f"{MODELS}.DO_NOTHING", positional=(None,))  # a name, not a call


@dataclass(slots=True)
class Model:
    """A model to be written: ``fields`` by name, in the order of the columns.

    ``base`` is its abstract class, ``kept`` what it was called before. ``hidden`` says that the owner has no
    class of it.
    """

    name: str
    table: Table
    keyless: bool
    base: str = ""
    kept: KeptModel | None = None
    hidden: bool = False
    columns: dict[str, str] = field(default_factory=dict)  # column -> field name
    fields: dict[str, Field] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)  # by column
    wide: list[Relation] = field(default_factory=list)  # of several columns

    def attribute(self, column: str) -> str:
        """What holds the column's value: ``artist_id`` of the relation ``artist``."""
        name = self.columns[column]
        known = self.known(column)
        if known and known.owners:
            return known.attribute
        return f"{name}_id" if column in self.relations else name

    def known(self, column: str) -> KeptField | None:
        """What the column's field was before."""
        return self.kept.fields.get(column) if self.kept else None

    def wide_name(self, relation: Relation) -> str | None:
        """What a relation of several columns was called before."""
        return self.kept.wide.get(relation.columns) if self.kept else None

    @property
    def related_names(self) -> Mapping[tuple[str, ...], str | None]:
        return self.kept.related_names if self.kept else {}

    @property
    def taken(self) -> frozenset[str]:
        """Names that its class has for what is no column."""
        return self.kept.taken if self.kept else frozenset()

    @property
    def triggered(self) -> bool:
        return self.table.triggered and not self.keyless

    @property
    def key(self) -> tuple[str, ...]:
        if not self.keyless:
            return self.table.key
        # No relation: Django reads that of a key by the row's pk, which is refused.
        plain = [column for column in self.table.columns if column.name not in self.relations]
        required = [column.name for column in plain if not column.nullable]
        named = [column.name for column in plain if column.name.lower() == "id"]
        return (*named, *required, *(column.name for column in plain))[:1]


@dataclass(slots=True)
class Plan:
    """All models of a database, what is not as it was there, and how classes are named after tables."""

    models: list[Model]
    left_out: dict[str, str]
    notes: list[str]
    prefix: str = ""
    singular: bool = True
