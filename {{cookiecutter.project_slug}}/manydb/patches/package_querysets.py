"""Querysets and queries of packages get a class that knows whose rows they are.

A manager's ``get_queryset()`` may give anything: a queryset of the package's own class, or one that another manager
has made. So the class of what it gives is changed, and that of its query. Classes that are made here are pickled by
the package's own. No ticket known.
"""

from functools import cache
from typing import Any

from django.db.models import Manager, QuerySet, sql

from manydb.patches import Patch, expect, takes, uses


def remade(kind: type[Any], base: type[Any]) -> type[Any]:
    """A class of this kind with the base before it; it is pickled as ``kind``."""
    if issubclass(kind, base):
        return kind
    make: Any = _remade  # classes are hashable, which type checkers doubt of queries
    made: type[Any] = make(kind, base)
    return made


@cache
def _remade(kind: Any, base: Any) -> Any:
    def reduce(self: Any, protocol: Any) -> Any:
        state = self.__getstate__() if hasattr(self, "__getstate__") else vars(self)
        return _unpickled, (kind, base), state

    body = {
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
    }
    return type(kind.__name__, (base, kind), {**body, "__reduce_ex__": reduce})


def _unpickled(kind: type[Any], base: type[Any]) -> Any:
    made: Any = remade(kind, base)
    return made.__new__(made)


def take_queryset(queryset: QuerySet[Any], base: type[QuerySet[Any]]) -> None:
    """Gives a queryset the base, whatever its class is."""
    queryset.__class__ = remade(type(queryset), base)


def take_query(query: sql.Query, base: type[sql.Query]) -> None:
    """Gives a query the base; plain ones are then of that class itself."""
    kind = type(query)
    query.__class__ = base if kind is sql.Query else remade(kind, base)


def query_of(queryset: QuerySet[Any]) -> sql.Query:
    """The query of a queryset, without the filter of a relation that Django puts off."""
    query: sql.Query = vars(queryset)["_query"]
    return query


def database_of(queryset: QuerySet[Any]) -> str | None:
    """The alias that ``using()`` named."""
    alias: str | None = vars(queryset)["_db"]
    return alias


def has_rows(queryset: QuerySet[Any]) -> bool:
    """Whether its rows were fetched already."""
    return vars(queryset)["_result_cache"] is not None


def _expects() -> None:
    plain: Any = QuerySet()
    for name in ("_query", "_db", "_result_cache"):
        expect(name in vars(plain), f"a queryset keeps its {name} in itself")
    takes(Manager.get_queryset, "self")
    uses(Manager.get_queryset, "_queryset_class")
    uses(vars(QuerySet)["_clone"], "__class__")


PATCH = Patch("package_querysets", tried=("5.2", "6.1"), expects=_expects)
