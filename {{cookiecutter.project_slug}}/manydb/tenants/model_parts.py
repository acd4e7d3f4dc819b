"""What Django makes for a tenants' model: a manager of its own, tables and descriptors of relations and of files."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.db.models import Manager, Model
from django.db.models.fields.files import FileDescriptor
from django.db.models.options import Options
from django.utils.functional import cached_property

from manydb.core.exceptions import WrongTenant
from manydb.core.models import TenantManager, TenantModel
from manydb.core.routing import PER_TENANT, home_of
from manydb.tenants.guard import are_of_one_tenant, refuse_object


def guard_parts(model: type[Model]) -> None:
    """Makes them as careful as the model itself, which Django has no settings for."""
    if home_of(model) != PER_TENANT:
        return
    options: Any = model._meta
    if options.auto_created:  # the table of a many-to-many relation
        options.local_managers.clear()
        model.__bases__ = (TenantModel,)
    options.__class__ = _Options
    options._expire_cache()
    for descriptor in vars(model).values():
        if hasattr(descriptor, "get_prefetch_querysets"):
            descriptor.get_prefetch_querysets = _of_one_tenant(descriptor.get_prefetch_querysets)
        elif isinstance(descriptor, FileDescriptor):
            kind: Any = type(descriptor)
            descriptor.__class__ = _of_the_tenant(kind)


class _Options(Options):  # type: ignore[type-arg]
    @cached_property
    def base_manager(self) -> Manager[Any]:
        """What saves, deletes and follows relations. One that ``Meta`` names would be in migrations."""
        manager: Any = super().base_manager
        if type(manager) is Manager:
            manager.__class__ = TenantManager
        return manager  # type: ignore[no-any-return]


def _of_one_tenant(prefetch: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(prefetch)
    def get_prefetch_querysets(instances: Any, querysets: Any = None) -> Any:
        if not are_of_one_tenant(instances):  # one query, by their keys, would serve them all
            raise WrongTenant(
                f"These {instances[0]._meta.label} belong to several tenants: "
                "prefetch for those of each tenant alone."
            )
        return prefetch(instances, querysets)

    return get_prefetch_querysets


@cache
def _of_the_tenant(kind: type[FileDescriptor]) -> type[FileDescriptor]:
    """A file is found by its name, in the folder of the tenant that is active: maybe one of the same name."""

    def get(self: Any, instance: Model | None, owner: Any = None) -> Any:
        if instance is not None:
            refuse_object(instance)
        return kind.__get__(self, instance, owner)

    return type(kind.__name__, (kind,), {"__get__": get})
