"""Reads a database: Django's introspection, a catalogue of what it leaves out, and a look at the rows.

Only SELECT and SHOW reach the server. A table that can't be read (a view on a dropped one) costs nothing
but its place in the result. Nothing is locked between two statements, so the tables may change meanwhile:
what differs in the catalogue afterwards is read again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.legacy import description
from manydb.legacy.catalogue import Catalogue
from manydb.legacy.deadline import SECONDS, Locked, TookTooLong, within
from manydb.legacy.dialects import dialect_of
from manydb.legacy.dialects.geodjango import IS_SHAPE
from manydb.legacy.rows import ENOUGH, FEW, Rows
from manydb.legacy.tables import Found, Reference, Table

ROUNDS = 3  # for tables that change, or are locked, while they are read
MORE_ROUNDS = 9  # for those of them that could not be read at all

# What errors leave unsaid.
_WHY = {
    "no query solution": "its key is in an order that this SQLite lacks: leave the database read-only, or give the "
    "connection its create_collation() in a receiver of connection_created",
}

Progress = Callable[[str, int, int], None]


def introspect(
    connection: BaseDatabaseWrapper,
    *,
    rows: bool = True,
    thorough: bool = False,
    progress: Progress = lambda table, done, total: None,
) -> Found:
    """All tables and views of a database; with ``rows=False`` without a look at what they hold.

    Of a table with more than ``ENOUGH`` rows its first and last are looked at, and a view has ``SECONDS`` to
    answer; ``thorough`` looks at all rows, however long that takes.
    """
    found = Found(connection.vendor)
    with within(connection, None), connection.cursor() as cursor:
        schemas = dialect_of(connection.vendor).schemas(cursor)
    for schema in schemas:
        reader = _Reader(connection, schemas, schema, rows, None if thorough else ENOUGH)
        for read in reader.read(progress):
            read.add_to(found)
    return found


@dataclass(slots=True)
class _Read:
    """What one table or view turned out to be; ``why`` says why it is none that can be read."""

    label: str
    table: Table | None = None
    why: str = ""
    locked: bool = False
    slow: str = ""
    sampled: int = 0
    notes: list[str] = field(default_factory=list)

    def add_to(self, found: Found) -> None:
        if self.table is None:
            found.unreadable[self.label] = self.why
            return
        found.tables.append(self.table)
        found.notes += self.notes
        if self.slow:
            found.slow[self.label] = self.slow
        if self.sampled:
            found.sampled[self.label] = self.sampled


class _Reader:
    """The tables of one schema."""

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        schemas: list[str],
        schema: str,
        rows: bool,
        limit: int | None,
    ) -> None:
        self.connection = connection
        self.schemas = schemas
        self.schema = schema
        self.rows = rows
        self.limit = limit
        self.dialect = dialect_of(connection.vendor)

    def read(self, progress: Progress) -> list[_Read]:
        """The tables in order of their names, as they are after the last of them was read."""
        done: dict[str, _Read] = {}
        listed, catalogue = self._catalogue()
        pending = listed
        for rounds in range(1, ROUNDS + MORE_ROUNDS + 1):
            for number, (name, view) in enumerate(pending, 1):
                done[name] = self._table(name, view, catalogue)
                progress(name, number, len(pending))
            before = catalogue
            listed, catalogue = self._catalogue()
            pending = [
                (name, view)
                for name, view in listed
                if name not in done
                or done[name].locked
                or before.facts(name) != catalogue.facts(name)
            ]
            if rounds >= ROUNDS:
                pending = [
                    (name, view)
                    for name, view in pending
                    if name not in done or done[name].table is None
                ]
            if not pending:
                break
        return [done[name] for name, _ in listed if name in done]

    def _catalogue(self) -> tuple[list[tuple[str, bool]], Catalogue]:
        """The tables and views by name, and what the catalogue says of them.

        Raises:
            Locked: other software does not let go of it.
        """
        for left in reversed(range(ROUNDS)):
            self._refreshed()
            try:
                with (
                    within(self.connection, None, self.schema),
                    self.connection.cursor() as cursor,
                ):
                    catalogue = self.dialect.catalogue(cursor, self.schema)
                    return sorted(description.listed(self.connection, cursor)), catalogue
            except Locked:
                if not left:
                    raise
        raise AssertionError

    def _refreshed(self) -> None:
        """A connection that sees what others wrote, where it was opened as if there were no others."""
        if again := getattr(self.connection, "reopen_if_written", None):
            again()

    def _table(self, name: str, view: bool, catalogue: Catalogue) -> _Read:
        read = _Read(f"{self.schema}.{name}" if self.schema else name)
        self._refreshed()
        try:
            with (
                within(self.connection, SECONDS, self.schema),
                self.connection.cursor() as cursor,
            ):
                columns = description.columns(self.connection, cursor, catalogue, name)
            table = description.table(self.schemas, (self.schema, name), view, columns, catalogue)
            read.table = self._looked_at(table, catalogue, read) if self.rows else table
        except Locked as error:
            read.why, read.locked = str(error), True
        except (Error, ValueError, KeyError, TypeError, TookTooLong) as error:
            # Servers answer in lines. A column that was added a moment ago is not in the catalogue yet.
            why = " ".join(str(error).split())
            read.why = _WHY.get(why, why)
        return read

    def _looked_at(self, table: Table, catalogue: Catalogue, read: _Read) -> Table:
        """The table with what its rows told, which ``read`` gets to know as well."""
        limits = [None] if self.limit is None else [self.limit] if table.view else [self.limit, FEW]
        for limit in limits:
            rows = Rows(self.connection, table, limit)
            try:
                columns = rows.look(self.dialect, table.columns)
                break
            except TookTooLong as error:
                read.slow = str(error)
        else:
            return table
        read.slow = ""
        known = catalogue.references[table.name[1]]
        kept = tuple(
            at_home
            for reference, at_home in zip(known, table.references, strict=True)
            if not _broken(rows, reference, catalogue)
        )
        read.notes = [
            f"{table.label} ({', '.join(reference.columns)}): has values that {reference.table[1]} lacks"
            for reference in table.references
            if reference not in kept
        ]
        if rows.sampled and limit:
            read.sampled = limit
        # SQLite refuses the value of such a key again when it is written as it was.
        is_strict = self.connection.vendor == "sqlite" and len(kept) < len(table.references)
        # Django sends a shape to MySQL as a text, with fewer digits than it may have.
        is_shape = self.connection.vendor == "mysql" and any(it.guess == IS_SHAPE for it in columns)
        triggered = table.triggered or is_strict or is_shape
        return replace(table, columns=columns, references=kept, triggered=triggered)


def _broken(rows: Rows, reference: Reference, catalogue: Catalogue) -> bool:
    key = catalogue.key_of(reference)
    if reference.enforced or len(key) != len(reference.columns):
        return False
    try:
        return rows.orphans(reference, key)
    except (Error, TookTooLong):
        return False  # it is taken at its word
