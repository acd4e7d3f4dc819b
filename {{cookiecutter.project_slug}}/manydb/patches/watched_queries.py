"""A query that is told what becomes part of it and where it is about to run.

Querysets are documented as a base class, ``sql.Query`` is not, and a queryset alone does not know that it has
become a subquery of another, that it was combined with ``|``, or that an object was given to a filter. So this
overrides five methods of ``sql.Query``. No ticket known.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Model, QuerySet, sql
from django.db.models.query import ModelIterable

from manydb.patches import Patch, expect, takes, uses


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


PATCH = Patch("watched_queries", tried=("5.2", "6.1"), expects=_expects)
