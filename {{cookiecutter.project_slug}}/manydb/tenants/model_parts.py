"""What Django makes for a tenants' model: a manager of its own, tables and descriptors of relations and of files."""

from typing import Any

from django.db import router
from django.db.models import Model

from manydb.core.exceptions import WrongTenant
from manydb.core.models import TenantManager, TenantModel
from manydb.core.routing import PER_TENANT, home_of
from manydb.patches.base_managers import use_base_manager
from manydb.patches.file_descriptors import watch_files
from manydb.patches.link_tables import derive_from
from manydb.patches.prefetches import watch_prefetches
from manydb.tenants.guard import are_of_one_tenant, refuse_object, refuse_row


class TenantLink(TenantModel):
    """A row of a many-to-many relation whose model Django made: it sends no signal when it is saved."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        using = kwargs.get("using") or (args[2] if len(args) > 2 else None)
        refuse_row(self, using or router.db_for_write(type(self), instance=self))
        super().save(*args, **kwargs)


def guard_parts(model: type[Model]) -> None:
    """Makes them as careful as the model itself, which Django has no settings for."""
    if home_of(model) != PER_TENANT:
        return
    if model._meta.auto_created:  # the table of a many-to-many relation
        derive_from(model, TenantLink)
    use_base_manager(model, TenantManager)
    watch_prefetches(model, _refuse_several)
    # A file is found by its name, in the folder of the tenant that is active: maybe one of the same name.
    watch_files(model, refuse_object)


def _refuse_several(instances: Any) -> None:
    if not are_of_one_tenant(instances):  # one query, by their keys, would serve them all
        raise WrongTenant(
            f"These {instances[0]._meta.label} belong to several tenants: "
            "prefetch for those of each tenant alone."
        )
