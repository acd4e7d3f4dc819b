"""Querysets and managers of tenants' models: each holds one tenant's rows.

A query is made long before it runs: by then another tenant may be active, or it may have become part of another
query. ``TenantQuery`` therefore carries the tenant along and looks again whenever it is turned into SQL, the outermost
query and every subquery alike.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from django.db import models
from django.db.models import Model, sql

from manydb.core.exceptions import WrongTenant
from manydb.core.ownership import (
    OwnedAlias,
    Owner,
    another,
    current,
    is_plainly_of,
    ownership,
)
from manydb.core.placement import DEFAULT
from manydb.core.references import keys_in
from manydb.core.routing import real_alias
from manydb.patches.object_state import PRIVATE as LAST_USED
from manydb.patches.related_managers import GuardedRelations
from manydb.patches.watched_queries import (
    WatchedQuery,
    WatchedQuerySet,
    WatchedRawQuerySet,
    WatchedRows,
    WatchedUpdateQuery,
)


class TenantQuery(WatchedQuery):
    """A query about one tenant's rows, or about any tenant's until a part of it belongs to one."""

    tenant: Owner | None = None

    def take_in(self, part: Model | sql.Query) -> None:
        """Raises WrongTenant if this part of it is not of the tenant whose query it is."""
        active = current.get()
        if (
            active is not None
            and active.owner == self.tenant
            and isinstance(part, Model)
            and is_plainly_of(part, active)
        ):
            return  # nearly always
        owner = (
            ownership().of_object(part)
            if isinstance(part, Model)
            else getattr(part, "tenant", None)
        )
        if owner is None or owner == self.tenant:
            return
        if self.tenant is not None:
            name = f"This {part._meta.label}" if isinstance(part, Model) else "The other queryset"
            raise WrongTenant(
                f"{name} belongs to {another(owner, self.tenant)} and can't be part of a queryset of {self._label()} "
                f"that was built for {self.tenant!r}. Build both inside the same tenant_context()."
            )
        self.tenant = owner

    def run_on(self, alias: str) -> None:
        """Raises WrongTenant if that database is another tenant's."""
        active = current.get()
        if active is not None and alias in active.aliases:
            owner: Owner | None = active.owner
            if owner is self.tenant:
                return
        else:
            owner = ownership().of_alias(alias)
        if owner is not None and self.tenant not in (None, owner):
            raise WrongTenant(
                f"This queryset of {self._label()} was built for {another(self.tenant, owner)}, but {alias} is the "
                f"database of {owner!r}: build it again, or evaluate it where it was built."
            )

    def _label(self) -> str:
        return self.model._meta.label if self.model else "nothing"


class TenantUpdateQuery(TenantQuery, WatchedUpdateQuery):
    """The query of ``update()`` and ``save()``, whose values may be objects."""


TenantQuery.for_update = TenantUpdateQuery


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
        active, owner = current.get(), self._fetched_for
        if active is not None and active.owner is not owner:
            self._refuse_for(owner)

    def each_row(self, rows: Iterator[Any]) -> Iterator[Any]:
        owner = self.owner()
        return rows if owner is None else self._each_for(owner, rows)

    def each_row_async(self, rows: AsyncIterator[Any]) -> AsyncIterator[Any]:
        owner = self.owner()
        return rows if owner is None else self._each_async_for(owner, rows)

    def _each_for(self, owner: Owner, rows: Iterator[Any]) -> Iterator[Any]:
        active = current.get
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
        active = current.get
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
        now = current.get()
        active = now.owner if now is not None else None
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
    _writes_to: str | None = None  # while Django asks for each row

    @classmethod
    def as_manager(cls) -> Any:
        """A manager that gives these querysets: a ``TenantManager``, where Django's own would know no tenant."""
        return TenantManager.from_queryset(cls)()

    def __init__(
        self,
        model: type[models.Model] | None = None,
        query: sql.Query | None = None,
        using: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        if query is None:
            query = TenantQuery(model)
            active = current.get()
            query.tenant = active.owner if active is not None else ownership().of_alias(using)
        super().__init__(model, query, using, hints)

    @property
    def db(self) -> str:
        """The database it is about to run on."""
        if self._writes_to is not None:
            return self._writes_to
        alias = super().db
        if alias == DEFAULT:
            alias = real_alias(alias)
        query = self.query
        if isinstance(query, TenantQuery):
            query.run_on(alias)
        if current.get() is None and (owner := ownership().of_alias(alias)):
            return OwnedAlias(alias, owner)
        return alias

    def using(self, alias: str | None) -> Any:
        clone: Any = super().using(alias)
        if isinstance(clone.query, TenantQuery) and clone.query.tenant is None:
            clone.query.tenant = ownership().of_alias(alias)
        return clone

    def owner(self) -> Owner | None:
        active = current.get()
        return active.owner if active is not None else getattr(self.query_so_far, "tenant", None)

    # These take objects and use their keys, which another tenant's rows may have, too.

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        rows = self._own_rows(objs)
        self._writes_to = self.db
        try:
            return super().bulk_create(rows, *args, **kwargs)
        finally:
            self._writes_to = None

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
        active = current.get()
        points_nowhere = not any(field.is_relation for field in self.model._meta.concrete_fields)
        for instance in objects:
            state = vars(instance._state)
            if not (  # nearly always: new, of this model, and made for the active tenant
                points_nowhere
                and active is not None
                and alias == active.alias
                and instance.__class__ is self.model
                and state.get(LAST_USED) is None
                and state.get("tenant") == active.owner
            ):
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
