"""Querysets that know whose rows they are about, so that no other tenant's database answers them.

A queryset is lazy: by the time it runs, another tenant may be active, or it may have become part of
another query. ``TenantQuery`` therefore carries the tenant along and looks again whenever it is turned
into SQL, the outermost query and every subquery alike.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import sql

from ..databases.exceptions import WrongTenant
from ..databases.routing import PER_TENANT, facts, home_of
from .context import current_tenant
from .guard import refuse_object, refuse_row, tenant_of

# Where Django makes managers of relations.
_MAKERS = ("django.db.models.fields.related_descriptors", "django.contrib.contenttypes.fields")


class TenantQuery(sql.Query):
    """A query about one tenant's rows, or about anybody's until something of a tenant becomes part of it."""

    tenant: str | None = None

    def take_in(self, part: str, owner: str | None) -> None:
        """Raises WrongTenant if this part of it is not of the tenant whose query it is."""
        if owner is None or owner == self.tenant:
            return
        if self.tenant is not None:
            raise WrongTenant(
                f"{part} belongs to {owner!r} and can't be part of a queryset of {self._label()} "
                f"that was built for {self.tenant!r}: each tenant has a database of its own."
            )
        self.tenant = owner

    def run_on(self, alias: str) -> None:
        """Raises WrongTenant if that database is another tenant's."""
        owner = facts(alias).get("TENANT")
        if owner is not None and self.tenant not in (None, owner):
            raise WrongTenant(
                f"This queryset of {self._label()} was built for {self.tenant!r}, but {alias} is the "
                f"database of {owner!r}: build it again, or evaluate it where it was built."
            )

    def _label(self) -> str:
        return self.model._meta.label if self.model else "nothing"

    def chain(self, klass: type[sql.Query] | None = None) -> sql.Query:
        return super().chain(TenantUpdateQuery if klass is sql.UpdateQuery else klass)

    def combine(self, rhs: sql.Query, connector: str) -> None:
        self.take_in("The other queryset", getattr(rhs, "tenant", None))
        super().combine(rhs, connector)

    def check_query_object_type(self, value: models.Model, opts: Any, field: Any) -> None:
        super().check_query_object_type(value, opts, field)
        if isinstance(value, models.Model):
            self.take_in(f"This {value._meta.label}", tenant_of(value))

    def get_compiler(
        self,
        using: str | None = None,
        connection: BaseDatabaseWrapper | None = None,
        elide_empty: bool = True,
    ) -> Any:
        if alias := using or (connection and connection.alias):
            self.run_on(alias)
        return super().get_compiler(using, connection, elide_empty)


class TenantUpdateQuery(TenantQuery, sql.UpdateQuery):
    """The same for ``update()``, whose values may be objects."""

    def add_update_fields(self, values_seq: Any) -> None:
        for _field, _model, value in values_seq:
            if isinstance(value, models.Model):
                self.take_in(f"This {value._meta.label}", tenant_of(value))
        super().add_update_fields(values_seq)


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
            query.tenant = current_tenant() or _owner(using)
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
            clone.query.tenant = _owner(alias)
        return clone

    # These take objects and use their keys, which another tenant's rows may have, too.

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        return super().bulk_create(_checked(objs, refuse_row), *args, **kwargs)

    def bulk_update(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> int:
        return super().bulk_update(_checked(objs, refuse_row), *args, **kwargs)

    def contains(self, obj: models.Model) -> bool:
        refuse_object(obj)
        return super().contains(obj)


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    """The base of tenants' managers."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Guards the managers of relations, which Django derives from a model's own."""
        super().__init_subclass__(**kwargs)
        if cls.__module__ in _MAKERS:
            for name in {"add", "remove", "set"} & set(vars(cls)):
                setattr(cls, name, _checking(vars(cls)[name], one_by_one=name != "set"))


def guard_through_model(model: type[models.Model]) -> None:
    """Gives the table of a many-to-many relation, which Django makes, a manager like its model's."""
    if model._meta.auto_created and home_of(model) == PER_TENANT:
        model._meta.local_managers.clear()
        TenantManager().contribute_to_class(model, "objects")


def _owner(alias: str | None) -> str | None:
    return facts(alias).get("TENANT") if alias else None


def _checked(
    objs: Iterable[Any], refuse: Callable[[models.Model], None] = refuse_object
) -> list[Any]:
    objects = list(objs)
    for item in objects:
        if isinstance(item, models.Model):  # keys will do for relations
            refuse(item)
    return objects


def _checking(change: Callable[..., Any], *, one_by_one: bool) -> Callable[..., Any]:
    @wraps(change)
    def changed(self: Any, *objs: Any, **kwargs: Any) -> Any:
        if one_by_one:
            return change(self, *_checked(objs), **kwargs)
        return change(self, _checked(kwargs.pop("objs", None) or objs[0]), **kwargs)

    return changed
