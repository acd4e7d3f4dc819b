"""What a table's rows hold, asked in few queries and, unless all is asked for, of so many rows."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.legacy.deadline import SECONDS, TookTooLong, within
from manydb.legacy.tables import Column, Reference, Table

ENOUGH = 50_000  # rows; of a larger table as many are asked at the other end of its key
FEW = 1_000  # where these took too long
_AT_ONCE = 100  # questions; PostgreSQL and SQLite have room for 1,600 and 2,000 columns in a result
_TOO_FEW = 8  # questions that are not asked in two halves where they took too long


class Rows:
    """The rows of one table that are asked, ``limit`` of them from either end, or all."""

    def __init__(self, connection: BaseDatabaseWrapper, table: Table, limit: int | None) -> None:
        self.connection = connection
        self.quote = connection.ops.quote_name
        self.schema, self.table = table.name
        self.view = table.view
        self.key = table.key
        self.columns = table.columns
        self.limit = limit
        self.seconds = None if limit is None else SECONDS
        self.sampled = False
        self.rows = 0

    def look(self, dialect: Any, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """The columns with what their rows were ``seen`` to hold."""
        asked = [
            (column.name, answer, condition.replace(":c", self.quote(column.name)))
            for column in columns
            for answer, condition in dialect.questions(column).items()
        ]
        if prepare := getattr(dialect, "prepare", None):
            prepare(self.connection)
        seen: set[tuple[str, str]] = set()
        for first in range(0, len(asked), _AT_ONCE):
            some = asked[first : first + _AT_ONCE]
            answers = self._patiently([condition for *_, condition in some])
            seen |= {
                (name, answer) for (name, answer, _), yes in zip(some, answers, strict=True) if yes
            }
        return tuple(
            replace(column, seen=frozenset(answer for name, answer in seen if name == column.name))
            for column in columns
        )

    def orphans(self, reference: Reference, key: Sequence[str]) -> bool:
        """Whether rows refer to what is not there; ``key`` is what they refer to."""
        there = ".".join(self.quote(part) for part in reference.table if part)
        mine = [f"{self.quote(self.table)}.{self.quote(column)}" for column in reference.columns]
        given = " AND ".join(f"{column} IS NOT NULL" for column in mine)
        same = " AND ".join(
            f"there.{self.quote(target)} = {column}"
            for target, column in zip(key, mine, strict=True)
        )
        there_is = f"SELECT 1 FROM {there} AS there WHERE {same}"  # noqa: S608  names are quoted
        (found,) = self._true([f"{given} AND NOT EXISTS ({there_is})"])
        return found

    def _patiently(self, conditions: list[str]) -> list[bool]:
        """The answers, in as many statements as it takes for each to be short: writers wait for one at most."""
        try:
            return self._true(conditions)
        except TookTooLong:
            if self.view or len(conditions) <= _TOO_FEW:
                raise
            half = len(conditions) // 2
            return self._patiently(conditions[:half]) + self._patiently(conditions[half:])

    def _true(self, conditions: list[str]) -> list[bool]:
        """For each condition, whether it is true of any row."""
        answers = [False] * len(conditions)
        for order in self._ends():
            cases = ", ".join(
                f"CASE WHEN {it} THEN 1 END AS q{n}" for n, it in enumerate(conditions)
            )
            any_of = ", ".join(f"MAX(q{n})" for n in range(len(conditions)))
            # The rows are cut off inside, and nothing but answers leaves there.
            sample = f"SELECT {cases} FROM {self.quote(self.table)}{order}"  # noqa: S608  names are quoted
            with (
                within(self.connection, self.seconds, self.schema),
                self.connection.cursor() as cursor,
            ):
                cursor.execute(f"SELECT COUNT(*), {any_of} FROM ({sample}) AS sample")  # noqa: S608
                self.rows, *found = cursor.fetchone()
            answers = [yes or bool(now) for yes, now in zip(answers, found, strict=True)]
        return answers

    def _ends(self) -> Iterator[str]:
        if self.limit is None:
            yield ""
            return
        yield f" LIMIT {self.limit + 1}"
        if self.rows > self.limit:
            self.sampled = True
            if self.key:
                binary = {column.name for column in self.columns if column.uncollated}
                order = (
                    f"{self.quote(name)}{' COLLATE BINARY' * (name in binary)} DESC"
                    for name in self.key
                )
                last = ", ".join(order)
                yield f" ORDER BY {last} LIMIT {self.limit}"
