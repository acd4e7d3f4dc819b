"""Querysets and managers of tenants' models: each holds one tenant's rows."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.db import models
from django.db.models import sql

from manydb.core.exceptions import WrongTenant
from manydb.core.ownership import ownership
from manydb.core.queries import TenantQuery

_MAKER = "django.db.models.fields.related_descriptors"  # where Django makes managers of relations


class TenantQuerySet(models.QuerySet[Any]):
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
        return alias

    def using(self, alias: str | None) -> Any:
        clone: Any = super().using(alias)
        if isinstance(clone.query, TenantQuery) and clone.query.tenant is None:
            clone.query.tenant = ownership().of_alias(alias)
        return clone

    @property
    def _result_cache(self) -> list[Any] | None:
        """The rows, once there are any: of one tenant, also where the queryset is a module's and for any."""
        rows: list[Any] | None = vars(self)["_result_cache"]
        if rows is not None:
            active, owner = ownership().active(), self._fetched_for
            if active != owner and None not in (active, owner):
                raise WrongTenant(
                    f"The rows of this queryset of {self.model._meta.label} were fetched for {owner!r}, "
                    f"but {active!r} is active: use .all() of it, which fetches them again."
                )
        return rows

    @_result_cache.setter
    def _result_cache(self, rows: list[Any] | None) -> None:
        vars(self)["_result_cache"] = rows
        if rows is not None:
            query = vars(self)["_query"]  # .query would run the filter that Django puts off
            self._fetched_for = ownership().active() or getattr(query, "tenant", None)

    # These take objects and use their keys, which another tenant's rows may have, too.

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        return super().bulk_create(self._own_rows(objs), *args, **kwargs)

    def bulk_update(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> int:
        return super().bulk_update(self._own_rows(objs), *args, **kwargs)

    def contains(self, obj: models.Model) -> bool:
        ownership().refuse_object(obj)
        return super().contains(obj)

    def _own_rows(self, objs: Iterable[Any]) -> list[Any]:
        self._for_write = True
        alias = self.db
        objects = list(objs)
        for instance in objects:
            ownership().refuse_row(instance, alias)
        return objects


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    """The base of tenants' managers."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Guards the managers of relations, which Django derives from a model's own."""
        super().__init_subclass__(**kwargs)
        if cls.__module__ == _MAKER:
            made = vars(cls)
            if "remove" in made:
                cls.remove = _checking_each(made["remove"])
            cls.set = _checking_all(made["set"])
            cls._apply_rel_filters = _of_its_object(made["_apply_rel_filters"])


def _checked(objs: Iterable[Any]) -> list[Any]:
    objects = list(objs)
    for item in objects:
        if isinstance(item, models.Model):  # keys will do for relations
            ownership().refuse_object(item)
    return objects


def _checking_each(change: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(change)
    def changed(self: Any, *objs: Any, **kwargs: Any) -> Any:
        return change(self, *_checked(objs), **kwargs)

    return changed


def _checking_all(change: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(change)
    def changed(self: Any, objs: Iterable[Any], **kwargs: Any) -> Any:
        return change(self, _checked(objs), **kwargs)

    return changed


def _of_its_object(narrow: Callable[..., Any]) -> Callable[..., Any]:
    """``their_note.tags.all()`` is theirs, also as a part of another queryset: its SQL only has a key."""

    @wraps(narrow)
    def narrowed(self: Any, queryset: Any) -> Any:
        narrower = narrow(self, queryset)
        query = narrower._query  # .query would run the filter that Django puts off
        if isinstance(query, TenantQuery):
            query.take_in(self.instance)
        return narrower

    return narrowed
