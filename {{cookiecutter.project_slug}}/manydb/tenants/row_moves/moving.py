"""Rows are copied into a tenant's database, counted, and only then removed where they were.

The tenant's database notes in a table of its own, in the transaction of each batch, how far a model has come. So a run
that was killed goes on with the next row.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.management.color import no_style
from django.db import Error, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from manydb.core.routing import lives_in_tenants
from manydb.tenants import catalog
from manydb.tenants.context import tenant_context
from manydb.tenants.lifecycle.catalog_rows import tenant_lock
from manydb.tenants.lifecycle.creation import create
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.reporting import Report, silent
from manydb.tenants.row_moves.order import is_circle
from manydb.tenants.row_moves.paths import MAPPED, model_of
from manydb.tenants.row_moves.rows_together import Source, key_of
from manydb.tenants.row_moves.stored_files import Files

TABLE = "manydb_moved_rows"
_BATCH = 1000
_MAKE = (
    f"CREATE TABLE IF NOT EXISTS {TABLE} (model varchar(200) NOT NULL PRIMARY KEY, last varchar(255), "
    "number bigint NOT NULL, finished smallint NOT NULL)"
)
_KINDS = {
    "contenttypes.ContentType": "SELECT id, app_label, model FROM django_content_type",
    "auth.Permission": (
        "SELECT p.id, c.app_label, c.model, p.codename FROM auth_permission p "
        "JOIN django_content_type c ON c.id = p.content_type_id"
    ),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a model has come."""

    last: str | None = None  # the last key that was copied
    number: int = 0
    finished: bool = False


@dataclass
class Move:
    """One tenant's rows on their way. ``value`` is what the column holds for the tenant."""

    source: Source
    name: str
    value: Any
    report: Report = silent

    @contextmanager
    def _inside(self) -> Iterator[BaseDatabaseWrapper]:
        with tenant_lock(self.name), tenant_context(self.name):
            connection = connections[self.name.upper()]
            if connection.vendor != self.source.connection.vendor:
                raise ProvisioningError(
                    f"{self.name!r} is on {connection.display_name} and the rows are on "
                    f"{self.source.connection.display_name}. Move them by dumpdata and loaddata."
                )
            yield connection

    def copy(self) -> dict[str, int]:
        """Copies what is not there yet and counts all; gives the number of rows of each model.

        Raises:
            ProvisioningError: a table was not empty, a row is refused, or a number differs.
        """
        if catalog.find(self.name) is None:
            create(self.name, report=self.report)
        with self._inside() as target:
            with target.cursor() as cursor:
                cursor.execute(_MAKE)
            self.files = Files(self.name)
            keys = {label: self._keys(label, target) for label in MAPPED}
            for group in self.source.groups():
                self._copy_group(group, target, keys)
            models = self.source.models
            with target.cursor() as cursor:
                for statement in target.ops.sequence_reset_sql(no_style(), models):
                    cursor.execute(statement)
            numbers = self._verify(target)
            self.report(self.files.said())
            return numbers

    def _copy_group(
        self, group: list[type[Model]], target: BaseDatabaseWrapper, keys: dict[str, dict[Any, Any]]
    ) -> None:
        label = ", ".join(model._meta.label for model in group)
        self.report(f"{self.name}: {label}")
        try:
            if not is_circle(group):
                while self._copy_batch(group[0], target, keys, _BATCH):
                    pass
                return
            # The keys of a circle are right when all of it is there.
            with target.constraint_checks_disabled(), transaction.atomic(target.alias):
                for model in group:
                    self._copy_batch(model, target, keys, 0)
                target.check_constraints([model._meta.db_table for model in group])
        except Error as error:
            raise ProvisioningError(
                f"{self.name}: {label} can't be copied: {sentence(error)}. Nothing was changed where the rows are. "
                "Correct that, then run the same command again: it continues here."
            ) from error

    def _copy_batch(
        self,
        model: type[Model],
        target: BaseDatabaseWrapper,
        keys: dict[str, dict[Any, Any]],
        size: int,
    ) -> bool:
        """Copies some rows, or all without a size; False when there are no more."""
        if size and not _has_a_key(model):
            size = 0
        with transaction.atomic(target.alias):
            progress = self._progress(model, target)
            if progress.finished:
                return False
            if progress.number == 0:
                self._refuse_rows(model, target)
            fields = _fields(model)
            rows = self.source.rows(
                model, [each.column for each in fields], self.value, progress.last, size
            )
            changed = [tuple(_mapped(fields, row, keys)) for row in rows]
            self._insert(model, [each.column for each in fields], changed, target)
            self.files.copy(model, fields, rows)
            last = progress.last
            if rows and size:
                last = str(rows[-1][[each.column for each in fields].index(key_of(model))])
            finished = not size or len(rows) < size
            self._note(model, Progress(last, progress.number + len(rows), finished), target)
            return not finished

    def _insert(
        self,
        model: type[Model],
        columns: list[str],
        rows: list[tuple[Any, ...]],
        target: BaseDatabaseWrapper,
    ) -> None:
        if not rows:
            return
        quote = target.ops.quote_name
        table = quote(model._meta.db_table)
        with target.cursor() as cursor:
            if model in self.source.layout.everywhere and _has_a_key(model):
                # A new tenant has some from migrations.
                at, key = columns.index(key_of(model)), quote(key_of(model))
                cursor.executemany(
                    f"DELETE FROM {table} WHERE {key} = %s",  # noqa: S608
                    [(row[at],) for row in rows],
                )
            marks = ", ".join(["%s"] * len(columns))
            names = ", ".join(map(quote, columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608

    def _refuse_rows(self, model: type[Model], target: BaseDatabaseWrapper) -> None:
        if model in self.source.layout.everywhere:
            return
        if number := _count(model, target):
            raise ProvisioningError(
                f"{model._meta.label} of {self.name!r} has {number} rows already. Remove them, give --everywhere "
                f"{model._meta.label} if each tenant has the same ones, or --leave it."
            )

    def _keys(self, label: str, target: BaseDatabaseWrapper) -> dict[Any, Any]:
        """The key in the tenant's database for each key in the source."""
        if not _is_installed(label):
            return {}
        model = model_of(label)
        if not lives_in_tenants(model) or model._meta.db_table not in self.source.tables:
            return {}
        with target.cursor() as cursor:
            cursor.execute(_KINDS[label])
            theirs = {tuple(row[1:]): row[0] for row in cursor.fetchall()}
        return {row[0]: theirs.get(tuple(row[1:])) for row in self.source.ask(_KINDS[label])}

    def _verify(self, target: BaseDatabaseWrapper) -> dict[str, int]:
        numbers = {}
        for model in self.source.models:
            before = self.source.count(model, self.value)
            moved = self._progress(model, target).number
            there = _count(model, target)
            if before != moved or there < moved:
                raise ProvisioningError(
                    f"{model._meta.label} of {self.name!r}: {before} rows where they were, {moved} copied, {there} "
                    "there. Something writes to these tables: stop it, drop the tenant, and begin again."
                )
            numbers[model._meta.label] = moved
        return numbers

    def delete(self) -> int:
        """Removes the tenant's rows where they were; gives their number.

        Raises:
            ProvisioningError: not all of them are in the tenant's database.
        """
        connection = self.source.connection
        with self._inside() as target:
            with target.cursor() as cursor:
                cursor.execute(_MAKE)
            self._verify(target)
            groups = [
                [model for model in group if model in self.source.layout.paths]
                for group in self.source.groups()
            ]
            removed = 0
            with (
                connection.constraint_checks_disabled(),
                transaction.atomic(self.source.alias),
            ):
                # Before any is removed: a path may lead over rows that go first.
                keys = {m: self._source_keys(m) for group in groups for m in group}
                for model in [m for group in reversed(groups) for m in group]:
                    removed += self._remove(model, keys[model])
            with target.cursor() as cursor:
                cursor.execute(f"DROP TABLE {TABLE}")
            return removed

    def _source_keys(self, model: type[Model]) -> list[tuple[Any, ...]]:
        return self.source.rows(model, _key_columns(model), self.value, None, 0)

    def _remove(self, model: type[Model], keys: list[tuple[Any, ...]]) -> int:
        sql = self.source.sql
        where = " AND ".join(f"{sql.quote(each)} = %s" for each in _key_columns(model))
        with self.source.connection.cursor() as cursor:
            table = sql.quote(model._meta.db_table)
            cursor.executemany(f"DELETE FROM {table} WHERE {where}", keys)  # noqa: S608
        return len(keys)

    def _progress(self, model: type[Model], target: BaseDatabaseWrapper) -> Progress:
        with target.cursor() as cursor:
            cursor.execute(
                f"SELECT last, number, finished FROM {TABLE} WHERE model = %s",  # noqa: S608
                [model._meta.label],
            )
            row = cursor.fetchone()
        return Progress(row[0], int(row[1]), bool(row[2])) if row else Progress()

    def _note(self, model: type[Model], now: Progress, target: BaseDatabaseWrapper) -> None:
        with target.cursor() as cursor:
            cursor.execute(f"DELETE FROM {TABLE} WHERE model = %s", [model._meta.label])  # noqa: S608
            cursor.execute(
                f"INSERT INTO {TABLE} (model, last, number, finished) VALUES (%s, %s, %s, %s)",  # noqa: S608
                [model._meta.label, now.last, now.number, int(now.finished)],
            )


def _fields(model: type[Model]) -> list[Any]:
    return [
        field
        for field in model._meta.local_concrete_fields
        if field.column is not None and not getattr(field, "generated", False)
    ]


def _mapped(
    fields: Sequence[Any], row: Sequence[Any], keys: dict[str, dict[Any, Any]]
) -> Iterator[Any]:
    for each, value in zip(fields, row, strict=True):
        label = each.related_model._meta.label if each.is_relation else ""
        known = keys.get(label)
        yield known.get(value, value) if known and value is not None else value


def _has_a_key(model: type[Model]) -> bool:
    return getattr(model._meta.pk, "column", None) is not None


def _key_columns(model: type[Model]) -> list[str]:
    if _has_a_key(model):
        return [key_of(model)]
    return [str(each.column) for each in model._meta.pk_fields]


def _count(model: type[Model], connection: BaseDatabaseWrapper) -> int:
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(model._meta.db_table)
        cursor.execute(f"SELECT COUNT(*) FROM {table}")  # noqa: S608
        return int(cursor.fetchone()[0])


def _is_installed(label: str) -> bool:
    try:
        model_of(label)
    except ProvisioningError:
        return False
    return True
