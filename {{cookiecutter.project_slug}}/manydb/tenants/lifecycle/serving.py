"""Whether a tenant is served, and under which name."""

import time

from django.db import transaction

from manydb.core.conf import conf
from manydb.tenants import catalog
from manydb.tenants.lifecycle.claims import (
    SERVED,
    existing,
    in_state,
    not_listed,
    note,
    place_of,
    working_on,
)
from manydb.tenants.lifecycle.engines import engine_of
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.replacing import give_back
from manydb.tenants.lifecycle.reporting import Say, nothing
from manydb.tenants.lifecycle.tenant_names import check_files, check_host, subdomain
from manydb.tenants.models import Hostname, Tenant
from manydb.tenants.renamed_files import rename_files

SUSPENDED, READY = Tenant.State.SUSPENDED, Tenant.State.READY


def suspend(name: str) -> Tenant:
    """Lets the tenant answer 503: at once in this process, within TENANT_CACHE_SECONDS in all.

    Raises:
        ProvisioningError: there is no such tenant, or another command has begun with it.
    """
    with working_on(name):
        row = existing(name)
        in_state(row, *SERVED)
        note(row, "", state=SUSPENDED)
        return row


def resume(name: str) -> Tenant:
    """Serves a suspended tenant again, or one whose move or restore was killed: from where it was.

    Raises as ``suspend`` does.
    """
    with working_on(name):
        row = existing(name)
        if row.state in (Tenant.State.MOVING, Tenant.State.RESTORING):
            give_back(row)
        in_state(row, *SERVED)
        place = place_of(row)
        engine_of(place).thaw(place)
        note(row, "", state=READY)
        return row


def rename(name: str, new: str, *, wait: float | None = None, say: Say = nothing) -> Tenant:
    """Gives a tenant another name; its database keeps the one it has.

    The subdomain of the old name becomes a host name of its own, so that links keep working. Nobody can
    take the old name until no process takes it for this tenant any more.

    Raises:
        ProvisioningError: the new name can't be a tenant's or is taken; says why.
    """
    if name == new:
        raise ProvisioningError(f"{name!r} is its name: say another one.")
    with working_on(name, new):
        row = existing(name)
        not_listed(row)
        in_state(row, *SERVED)
        if catalog.find(new) is not None:
            raise ProvisioningError(f"There is a tenant {new!r} already: choose another name.")
        check_host(new)
        check_files(new)
        with transaction.atomic("default"):
            Hostname.objects.get_or_create(host=subdomain(name), tenant=row)
            row.name = new
            row.save(update_fields=["name"])
        rename_files(name, new)
        wait = conf.TENANT_CACHE_SECONDS + 1 if wait is None else wait
        say(f"waiting {wait:g} s until no process takes {name} for {new}")
        time.sleep(wait)
        rename_files(name, new)  # what others have stored meanwhile
        return row
