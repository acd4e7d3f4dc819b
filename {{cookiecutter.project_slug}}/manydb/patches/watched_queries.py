"""A query that is told what becomes part of it and where it is about to run; a queryset that is told who uses its rows.

Querysets are documented as a base class, ``sql.Query`` is not. A queryset alone does not know that it has
become a subquery of another, that it was combined with ``|``, or that an object was given to a filter. So this
overrides five methods of ``sql.Query``.

The rows of a queryset are kept in ``_result_cache``, which everything reads: ``len()``, slices, ``in``,
``prefetch_related()``, templates. Overriding the documented methods one by one would miss the next one, so the
attribute is a property here. Rows that are handed out one after the other, by ``for``, ``iterator()`` and their
asynchronous forms, may come into other hands between two of them; ``each_row()`` stands in between. ``raw()`` makes
a queryset of a class of its own, which no setting names. No ticket known.
"""

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Manager, Model, QuerySet, sql
from django.db.models.query import ModelIterable, RawQuerySet

from manydb.patches import Patch, expect, has, takes, uses

if TYPE_CHECKING:
    _Raw = RawQuerySet[Any]
else:
    _Raw = RawQuerySet


class WatchedQuery(sql.Query):
    """The base of queries that look at their parts."""

    for_update: type[sql.UpdateQuery]  # what ``update()`` makes of it

    def take_in(self, part: Model | sql.Query) -> None:
        """Called with each object and each query that becomes part of it."""

    def run_on(self, alias: str) -> None:
        """Called before it is turned into SQL for this database."""

    def chain(self, klass: type[sql.Query] | None = None) -> sql.Query:
        return super().chain(self.for_update if klass is sql.UpdateQuery else klass)

    def combine(self, rhs: sql.Query, connector: str) -> None:
        self.take_in(rhs)
        super().combine(rhs, connector)

    def check_query_object_type(self, value: Model, opts: Any, field: Any) -> None:
        super().check_query_object_type(value, opts, field)
        if isinstance(value, Model):
            self.take_in(value)

    def get_compiler(
        self,
        using: str | None = None,
        connection: BaseDatabaseWrapper | None = None,
        elide_empty: bool = True,
    ) -> Any:
        if alias := using or (connection and connection.alias):
            self.run_on(alias)
        return super().get_compiler(using, connection, elide_empty)


class WatchedUpdateQuery(WatchedQuery, sql.UpdateQuery):
    """A query of ``update()`` or ``save()``, whose values may be objects."""

    def add_update_fields(self, values_seq: Any) -> None:
        for _field, _model, value in values_seq:
            if isinstance(value, Model):
                self.take_in(value)
        super().add_update_fields(values_seq)


class WatchedRows:
    """Before a class of querysets: looks at who uses their rows."""

    def rows_fetched(self) -> None:
        """Called when its rows have come from the database."""

    def rows_used(self) -> None:
        """Called before its rows are used."""

    def each_row(self, rows: Iterator[Any]) -> Iterator[Any]:
        """Called with rows that are about to be handed out; what it returns is handed out instead."""
        return rows

    def each_row_async(self, rows: AsyncIterator[Any]) -> AsyncIterator[Any]:
        return rows

    def __iter__(self) -> Iterator[Any]:
        return self.each_row(super().__iter__())  # type: ignore[misc]

    def __aiter__(self) -> AsyncIterator[Any]:
        return self.each_row_async(super().__aiter__())  # type: ignore[misc]

    def iterator(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        return self.each_row(super().iterator(*args, **kwargs))  # type: ignore[misc]

    @property
    def _result_cache(self) -> list[Any] | None:
        rows: list[Any] | None = self.__dict__[
            "_result_cache"
        ]  # asked several times for each query
        if rows is not None:
            self.rows_used()
        return rows

    @_result_cache.setter
    def _result_cache(self, rows: list[Any] | None) -> None:
        self.__dict__["_result_cache"] = rows
        if rows is not None:
            self.rows_fetched()


class WatchedQuerySet(WatchedRows, QuerySet[Any]):
    """The base of querysets that look at who uses their rows."""

    raw_queryset: type[_Raw] = RawQuerySet  # what ``raw()`` makes

    def aiterator(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        return self.each_row_async(super().aiterator(*args, **kwargs))

    def raw(self, *args: Any, **kwargs: Any) -> _Raw:
        made: Any = super().raw(*args, **kwargs)
        made.__class__ = self.raw_queryset
        return made  # type: ignore[no-any-return]

    @property
    def query_so_far(self) -> sql.Query:
        """Its query without the filter of a relation that Django puts off: ``.query`` would add it."""
        query: sql.Query = vars(self)["_query"]
        return query

    def alias_for_write(self) -> str:
        """The database that a write goes to, which all that follows uses, too."""
        self._for_write = True
        return self.db


class WatchedRawQuerySet(WatchedRows, _Raw):
    """The base of what ``raw()`` makes."""

    def using(self, alias: str | None) -> "WatchedRawQuerySet":
        made: Any = super().using(alias)
        made.__class__ = type(self)
        return made  # type: ignore[no-any-return]


def queryset_class(manager: Manager[Any] | type[Manager[Any]]) -> type[QuerySet[Any]]:
    """The class of a manager's querysets, without making one."""
    found: type[QuerySet[Any]] = manager._queryset_class  # type: ignore[union-attr]
    return found


def _expects() -> None:
    takes(sql.Query.chain, "self", "klass=None")
    takes(sql.Query.combine, "self", "rhs", "connector")
    takes(sql.Query.check_query_object_type, "self", "value", "opts", "field")
    takes(sql.Query.get_compiler, "self", "using=None", "connection=None", "elide_empty=True")
    takes(sql.UpdateQuery.add_update_fields, "self", "values_seq")
    uses(QuerySet.update, "chain", "UpdateQuery")
    uses(QuerySet.__or__, "combine")
    uses(QuerySet.__and__, "combine")
    uses(sql.Query.check_related_objects, "check_query_object_type")
    uses(sql.Query.as_sql, "get_compiler")  # of a subquery
    uses(ModelIterable.__iter__, "get_compiler")
    uses(sql.UpdateQuery.add_update_values, "add_update_fields")
    expect(issubclass(sql.Query, Expression.__mro__[1]), "a query is an expression")
    plain: Any = QuerySet()  # of no model
    for name in ("_result_cache", "_query", "_for_write"):
        expect(name in vars(plain), f"a queryset keeps its {name} in itself")
    raw: Any = RawQuerySet("", using="default")
    expect("_result_cache" in vars(raw), "a raw queryset keeps its _result_cache in itself")
    kinds: list[Any] = [QuerySet, RawQuerySet]
    for kind in kinds:
        uses(kind._fetch_all, "_result_cache")
        uses(kind.__iter__, "_fetch_all", "_result_cache")
        uses(kind.__aiter__, "_fetch_all", "_result_cache")
        has(kind, "iterator")
    has(QuerySet, "aiterator")
    uses(QuerySet.raw, "RawQuerySet")
    uses(RawQuerySet.using, "RawQuerySet")
    uses(QuerySet.query.fget, "_query", "_deferred_filter")  # type: ignore[attr-defined]
    uses(QuerySet.db.fget, "_for_write")  # type: ignore[attr-defined]
    has(Manager(), "_queryset_class")


PATCH = Patch("watched_queries", tried=("5.2", "6.1"), expects=_expects)
