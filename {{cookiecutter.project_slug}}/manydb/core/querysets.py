"""Querysets and managers of tenants' models: each holds one tenant's rows."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import sql

from manydb.core.exceptions import WrongTenant
from manydb.core.ownership import OwnedAlias, another, ownership
from manydb.core.queries import TenantQuery
from manydb.patches.related_managers import GuardedRelations
from manydb.patches.watched_querysets import WatchedQuerySet


class TenantQuerySet(WatchedQuerySet):
    """The base of tenants' querysets."""

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
        alias = super().db
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

    def rows_fetched(self) -> None:
        self._fetched_for = ownership().active() or getattr(self.query_so_far, "tenant", None)

    def rows_used(self) -> None:
        """Refuses rows of another tenant, where the queryset is a module's and for any."""
        active, owner = ownership().active(), self._fetched_for
        if active != owner and None not in (active, owner):
            raise WrongTenant(
                f"The rows of this queryset of {self.model._meta.label} were fetched for {another(owner, active)}, "
                f"but {active!r} is active: use .all() of it, which fetches them again."
            )

    # These take objects and use their keys, which another tenant's rows may have, too.

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        return super().bulk_create(self._own_rows(objs), *args, **kwargs)

    def bulk_update(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> int:
        return super().bulk_update(self._own_rows(objs), *args, **kwargs)

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

    def refuse_related(self, instance: models.Model) -> None:
        ownership().refuse_object(instance)

    def begin_relation(self, queryset: models.QuerySet[Any], instance: models.Model) -> None:
        """``their_note.tags.all()`` is theirs, also as a part of another queryset: its SQL only has a key."""
        if isinstance(queryset, WatchedQuerySet):
            query = queryset.query_so_far
            if isinstance(query, TenantQuery):
                query.take_in(instance)
