"""Models of packages that the settings place in tenants' databases become as careful as a ``TenantModel``."""

from functools import cache
from typing import Any

from django.db.models import Manager, Model, QuerySet

from manydb.core.models import TenantManager, TenantRow
from manydb.core.ownership import ownership
from manydb.core.querysets import TenantQuery, TenantQuerySet
from manydb.core.routing import PER_TENANT, home_of
from manydb.patches import package_models, package_querysets
from manydb.patches.watched_queries import queryset_class


def guard_placed(model: type[Model]) -> None:
    """Guards a model of a package that lives in tenants' databases; leaves all others as they are."""
    if home_of(model) != PER_TENANT or model._meta.auto_created or marked(model):
        return
    package_models.add_base(model, TenantRow)
    package_models.change_managers(model, guard_manager)


def marked(model: type[Model]) -> bool:
    """Whether a model says itself that it is a tenant's: its managers are its owner's business, and checked."""
    return getattr(model, "_DATABASE", None) == PER_TENANT


def guard_manager(manager: Manager[Any]) -> None:
    """Has a manager give guarded querysets, whatever its own ``get_queryset()`` gives."""
    if not isinstance(manager, TenantManager):
        kind: Any = type(manager)
        package_models.change_class(manager, kind_of_manager(kind))


@cache
def kind_of_manager(kind: Any) -> Any:
    """The class of a package's manager with guards; migrations take it for the package's own."""
    if kind is Manager:
        return TenantManager
    own = package_querysets.remade(queryset_class(kind), PlacedQuerySet)
    return package_models.kind_of_manager(kind, own, _Guarded, kind, TenantManager)


class _Guarded(Manager[Any]):
    """Comes before a package's own manager."""

    def get_queryset(self, *args: Any, **kwargs: Any) -> Any:  # as the package's own may take some
        return guarded(super().get_queryset(*args, **kwargs))


class PlacedQuerySet(TenantQuerySet):
    """Comes before a package's own queryset, which may make its query itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super(TenantQuerySet, self).__init__(*args, **kwargs)  # the package's own
        _guard_query(self)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        kind: Any = cls.__bases__[-1]
        if kind.__init__ is QuerySet.__init__:  # nothing of its own: the shorter way
            cls.__init__ = TenantQuerySet.__init__  # type: ignore[method-assign]


def guarded(queryset: Any) -> Any:
    """The queryset itself, which knows from now on whose rows it is about."""
    if isinstance(queryset, QuerySet) and not isinstance(queryset, TenantQuerySet):
        package_querysets.take_queryset(queryset, PlacedQuerySet)
        _guard_query(queryset)
        if package_querysets.has_rows(queryset):
            queryset.rows_fetched()  # type: ignore[attr-defined]
    return queryset


def _guard_query(queryset: QuerySet[Any]) -> None:
    query: Any = package_querysets.query_of(queryset)
    if not isinstance(query, TenantQuery):
        package_querysets.take_query(query, TenantQuery)
        alias = package_querysets.database_of(queryset)
        query.tenant = ownership().active() or ownership().of_alias(alias)
