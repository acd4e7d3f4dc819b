"""A queryset that is told when its rows are fetched and when they are used.

The rows of a queryset are kept in ``_result_cache``, which everything reads: ``len()``, slices, ``in``,
``prefetch_related()``, templates. Overriding the documented methods one by one would miss the next one, so the
attribute is a property here. No ticket known.
"""

from typing import Any

from django.db.models import Manager, QuerySet, sql

from manydb.patches import Patch, expect, has, uses


class WatchedQuerySet(QuerySet[Any]):
    """The base of querysets that look at who uses their rows."""

    def rows_fetched(self) -> None:
        """Called when its rows have come from the database."""

    def rows_used(self) -> None:
        """Called before its rows are used."""

    @property
    def _result_cache(self) -> list[Any] | None:
        rows: list[Any] | None = vars(self)["_result_cache"]
        if rows is not None:
            self.rows_used()
        return rows

    @_result_cache.setter
    def _result_cache(self, rows: list[Any] | None) -> None:
        vars(self)["_result_cache"] = rows
        if rows is not None:
            self.rows_fetched()

    @property
    def query_so_far(self) -> sql.Query:
        """Its query without the filter of a relation that Django puts off: ``.query`` would add it."""
        query: sql.Query = vars(self)["_query"]
        return query

    def alias_for_write(self) -> str:
        """The database that a write goes to, which all that follows uses, too."""
        self._for_write = True
        return self.db


def queryset_class(manager: Manager[Any] | type[Manager[Any]]) -> type[QuerySet[Any]]:
    """The class of a manager's querysets, without making one."""
    found: type[QuerySet[Any]] = manager._queryset_class  # type: ignore[union-attr]
    return found


def _expects() -> None:
    plain: Any = QuerySet()  # of no model
    for name in ("_result_cache", "_query", "_for_write"):
        expect(name in vars(plain), f"a queryset keeps its {name} in itself")
    uses(QuerySet._fetch_all, "_result_cache")
    uses(QuerySet.__iter__, "_fetch_all", "_result_cache")
    uses(QuerySet.query.fget, "_query", "_deferred_filter")  # type: ignore[attr-defined]
    uses(QuerySet.db.fget, "_for_write")  # type: ignore[attr-defined]
    has(Manager(), "_queryset_class")


PATCH = Patch("watched_querysets", tried=("5.2", "6.1"), expects=_expects)
