"""Suspending, resuming and renaming tenants."""

from django.db import Error, transaction

from manydb.core.placement import shared_alias
from manydb.tenants import catalog
from manydb.tenants.lifecycle.catalog_rows import (
    SERVED,
    await_name,
    existing,
    leave_name,
    refuse_listed,
    require_state,
    tenant_lock,
)
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.operation import Operation
from manydb.tenants.lifecycle.replacement import Replacement
from manydb.tenants.lifecycle.reporting import Report, silent
from manydb.tenants.lifecycle.tenant_names import check_host, subdomain
from manydb.tenants.models import Hostname, Tenant


def suspend(name: str) -> Tenant:
    """Makes the tenant answer 503: at once in this process, within TENANT_CACHE_SECONDS in others.

    Raises:
        ProvisioningError: the tenant does not exist, or another command has left it unfinished.
    """
    with tenant_lock(name):
        row = existing(name)
        require_state(row, *SERVED)
        operation = Operation(row)
        operation.finish(state=Tenant.State.SUSPENDED)
        try:
            operation.database.say(Tenant.State.SUSPENDED)
        except (Error, OSError) as error:
            raise ProvisioningError(
                f"{name!r} is suspended in the catalog, but its database could not be told: {sentence(error)}. "
                f"Run suspend_tenant {name} again when it can be reached."
            ) from error
        return row


def resume(name: str) -> Tenant:
    """Serves a suspended tenant again. One whose move or restore was killed keeps the database that it has.

    Raises:
        ProvisioningError: the tenant does not exist, or another command has left it unfinished.
    """
    with tenant_lock(name):
        row = existing(name)
        if row.state in (Tenant.State.MOVING, Tenant.State.RESTORING):
            Replacement(row).give_up()
        require_state(row, *SERVED)
        operation = Operation(row)
        operation.database.engine.thaw(operation.database.place)
        operation.database.say(Tenant.State.READY)
        operation.finish(state=Tenant.State.READY)
        return row


def rename(name: str, new: str, *, wait: float | None = None, report: Report = silent) -> Tenant:
    """Gives a tenant another name. Its database keeps the name that it has.

    The subdomain of the old name becomes a host name of the tenant, so that links keep working.

    Args:
        wait: seconds since another tenant has lost the new name; None for ``TENANT_CACHE_SECONDS`` and one more.

    Raises:
        ProvisioningError: the new name is not valid or is taken.
    """
    if name == new:
        raise ProvisioningError(f"{name!r} has that name already. Choose another one.")
    with tenant_lock(name, new):
        row = existing(name)
        refuse_listed(row)
        require_state(row, *SERVED)
        check_host(new)
        if catalog.find(new) is not None:
            raise ProvisioningError(f"There is a tenant {new!r} already. Choose another name.")
        await_name(new, wait, report)
        with transaction.atomic(shared_alias()):
            Hostname.objects.get_or_create(host=subdomain(name), tenant=row)
            leave_name(row)
            row.name = new
            row.save(update_fields=["name"])
        return row
