"""The catalog rows that lifecycle commands work on: locking, finding and checking them."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import connections, transaction
from django.utils import timezone

from manydb.core.conf import conf
from manydb.core.leases import LeaseLost
from manydb.core.locks import Locked, lock
from manydb.core.placement import shared_alias
from manydb.tenants import catalog
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.next_step import next_step
from manydb.tenants.lifecycle.reporting import Report
from manydb.tenants.lifecycle.tenant_database import claim
from manydb.tenants.lifecycle.tenant_names import check_name
from manydb.tenants.models import Tenant, Tombstone

# The states of a tenant that no command is changing.
SERVED = (Tenant.State.READY, Tenant.State.SUSPENDED)


@contextmanager
def tenant_lock(*names: str, wait: float = 0) -> Iterator[None]:
    """Locks tenants against every other lifecycle command, migrations included, until the block ends.

    Args:
        wait: seconds to wait for a command that holds a lock now.

    Raises:
        ProvisioningError: a name is not valid, another command holds a lock or has taken it over, or the caller
            is inside a transaction on ``default``, whose rows other processes would not see.
    """
    try:
        with transaction.atomic(shared_alias(), durable=True):
            pass
    except RuntimeError:
        raise ProvisioningError(
            "The lifecycle of a tenant can't be part of a transaction on default. Call this outside atomic()."
        ) from None
    with ExitStack() as locks:
        for name in sorted(names):
            check_name(name)
            try:
                locks.enter_context(lock(f"tenant {name}", wait=wait))
            except Locked as holder:
                raise ProvisioningError(
                    f"Another command is working on tenant {name!r} ({holder}). Wait until it is done."
                ) from holder
            catalog.forget(name)  # the cached row may be older than the lock
        try:
            yield
        except LeaseLost as lost:
            raise ProvisioningError(str(lost)) from lost


def existing(name: str) -> Tenant:
    """Returns the row of a tenant. A tenant of TENANTS without a row gets one.

    Raises:
        ProvisioningError: the tenant does not exist.
    """
    if row := Tenant.objects.filter(name=name).first():
        return row
    record = catalog.find(name)
    if record is None:
        raise ProvisioningError(
            f"There is no tenant {name!r}. Run python manage.py list_tenants to see all tenants."
        )
    row = Tenant(name=name, uuid=record.uuid, database=record.database, state=Tenant.State.READY)
    claim(row)  # before processes know the row, by which its database has to say whose it is
    row.save()
    return row


def bury(row: Tenant) -> None:
    """Removes the row of a tenant, and remembers whose name is free now."""
    with transaction.atomic(shared_alias()):
        leave_name(row)
        row.delete()


def leave_name(row: Tenant) -> None:
    """Remembers that the tenant gives its name up."""
    Tombstone.objects.create(name=row.name, uuid=row.uuid)


def await_name(name: str, wait: float | None, report: Report) -> None:
    """Waits until no process takes a name for the tenant that had it before.

    Args:
        wait: seconds since that one has lost it; None for as long as a process may use what it has cached.
    """
    before = Tombstone.objects.filter(name=name).first()
    if before is None:
        return
    wait = conf.TENANT_CACHE_SECONDS + 1 if wait is None else wait
    age = max(0.0, (timezone.now() - before.made_at).total_seconds())
    if (left := wait - age) > 0:
        report(f"waiting {left:.0f} s until no process remembers the tenant {name} of before")
        time.sleep(left)


def refuse_listed(row: Tenant) -> None:
    """Refuses to drop or rename a tenant that TENANTS would create again.

    Raises:
        ProvisioningError: TENANTS lists the tenant.
    """
    if dict.__contains__(connections.settings, row.name.upper()):
        raise ProvisioningError(
            f"{row.name!r} is listed in TENANTS and would be created again. Remove it from TENANTS, then "
            "run this command again. (It stays online: the catalog still lists it.)"
        )


def require_state(row: Tenant, *states: str) -> None:
    """Refuses a tenant that another command has left unfinished.

    Raises:
        ProvisioningError: the tenant is in another state. The message says how to get it out of there.
    """
    if row.state not in states:
        raise ProvisioningError(f"{row.name!r} is {row.state}. {next_step(row)}")
