"""Querysets and managers of tenants' models: each holds one tenant's rows."""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from django.db import models
from django.db.models import sql

from manydb.core.exceptions import WrongTenant
from manydb.core.ownership import OwnedAlias, Owner, another, ownership
from manydb.core.queries import TenantQuery
from manydb.core.references import keys_in
from manydb.core.routing import real_alias
from manydb.patches.related_managers import GuardedRelations
from manydb.patches.watched_querysets import WatchedQuerySet, WatchedRawQuerySet, WatchedRows


class RowsOfOneTenant(WatchedRows):
    """Rows are for the tenant for which they were fetched, to the last one."""

    model: Any
    _fetched_for: Owner | None

    def owner(self) -> Owner | None:
        """The tenant for which rows are fetched now."""
        return ownership().active()

    def rows_fetched(self) -> None:
        self._fetched_for = self.owner()

    def rows_used(self) -> None:
        """Refuses rows of another tenant, where the queryset is a module's and for any."""
        self._refuse_for(self._fetched_for)

    def each_row(self, rows: Iterator[Any]) -> Iterator[Any]:
        owner = self.owner()
        return rows if owner is None else self._each_for(owner, rows)

    def each_row_async(self, rows: AsyncIterator[Any]) -> AsyncIterator[Any]:
        owner = self.owner()
        return rows if owner is None else self._each_async_for(owner, rows)

    def _each_for(self, owner: Owner, rows: Iterator[Any]) -> Iterator[Any]:
        active = ownership().active_now
        before = active()
        self._refuse_for(owner)
        try:
            for row in rows:
                yield row
                if active() is not before:  # nearly never, and asked for each row
                    self._refuse_for(owner)
        finally:
            close = getattr(rows, "close", None)  # a cursor may be open
            if close is not None:
                close()

    async def _each_async_for(self, owner: Owner, rows: AsyncIterator[Any]) -> AsyncIterator[Any]:
        active = ownership().active_now
        before = active()
        self._refuse_for(owner)
        try:
            async for row in rows:
                yield row
                if active() is not before:
                    self._refuse_for(owner)
        finally:
            close = getattr(rows, "aclose", None)
            if close is not None:
                await close()

    def _refuse_for(self, owner: Owner | None) -> None:
        active = ownership().active()
        if active != owner and None not in (active, owner):
            raise WrongTenant(
                f"The rows of this queryset of {self.model._meta.label} were fetched for {another(owner, active)}, "
                f"but {active!r} is active: use .all() of it, which fetches them again."
            )


class TenantRawQuerySet(RowsOfOneTenant, WatchedRawQuerySet):
    """What ``raw()`` makes of a manager of tenants."""

    def owner(self) -> Owner | None:
        return ownership().active() or ownership().of_alias(self.db)


class TenantQuerySet(RowsOfOneTenant, WatchedQuerySet):
    """The base of tenants' querysets."""

    raw_queryset = TenantRawQuerySet

    def __init__(
        self,
        model: type[models.Model] | None = None,
        query: sql.Query | None = None,
        using: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        if query is None:
            query = TenantQuery(model)
            query.tenant = ownership().active() or ownership().of_alias(using)
        super().__init__(model, query, using, hints)

    @property
    def db(self) -> str:
        """The database it is about to run on."""
        alias = real_alias(super().db)
        if isinstance(self.query, TenantQuery):
            self.query.run_on(alias)
        if ownership().active() is None and (owner := ownership().of_alias(alias)):
            return OwnedAlias(alias, owner)
        return alias

    def using(self, alias: str | None) -> Any:
        clone: Any = super().using(alias)
        if isinstance(clone.query, TenantQuery) and clone.query.tenant is None:
            clone.query.tenant = ownership().of_alias(alias)
        return clone

    def owner(self) -> Owner | None:
        return ownership().active() or getattr(self.query_so_far, "tenant", None)

    # These take objects and use their keys, which another tenant's rows may have, too.

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        return super().bulk_create(self._own_rows(objs), *args, **kwargs)

    def bulk_update(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> int:
        return super().bulk_update(self._own_rows(objs), *args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        """Takes objects for references to other databases, which Django does for its own relations only."""
        return super().update(**keys_in(self.model, kwargs))

    def contains(self, obj: models.Model) -> bool:
        ownership().refuse_object(obj)
        return super().contains(obj)

    def _own_rows(self, objs: Iterable[Any]) -> list[Any]:
        alias = self.alias_for_write()
        objects = list(objs)
        for instance in objects:
            ownership().refuse_row(instance, alias)
        return objects


class TenantManager(GuardedRelations, models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    """The base of tenants' managers, and of the managers of relations that Django derives from them."""

    @property
    def db(self) -> str:
        return real_alias(super().db)

    def refuse_related(self, instance: models.Model) -> None:
        ownership().refuse_object(instance)

    def begin_relation(self, queryset: models.QuerySet[Any], instance: models.Model) -> None:
        """``their_note.tags.all()`` is theirs, also as a part of another queryset: its SQL only has a key."""
        if isinstance(queryset, WatchedQuerySet):
            query = queryset.query_so_far
            if isinstance(query, TenantQuery):
                query.take_in(instance)
