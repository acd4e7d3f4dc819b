"""A tenant's row in the catalog, as a command takes it in hand and puts it down."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connections, transaction

from manydb.core.locks import Locked, lock
from manydb.tenants import catalog
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.steps import Step
from manydb.tenants.lifecycle.tenant_names import check_name
from manydb.tenants.models import Tenant
from manydb.tenants.records import TenantRecord

# The states of a tenant that no command is at work on.
SERVED = (Tenant.State.READY, Tenant.State.SUSPENDED)


@contextmanager
def working_on(*names: str, wait: float = 0) -> Iterator[None]:
    """Keeps every other command away from these tenants while the block lasts, migrations included.

    Args:
        wait: seconds to wait for one that is at work on them now.

    Raises:
        ProvisioningError: no tenant can have such a name, another command is at work on one, or this is
            inside a transaction on ``default``, whose rows nobody else would see.
    """
    try:
        with transaction.atomic("default", durable=True):
            pass
    except RuntimeError:
        raise ProvisioningError(
            "The life of a tenant can't be part of a transaction on default: call this outside atomic()."
        ) from None
    with ExitStack() as held:
        for name in sorted(names):
            check_name(name)
            try:
                held.enter_context(lock(f"tenant {name}", wait=wait))
            except Locked as holder:
                raise ProvisioningError(
                    f"Another command is at work on tenant {name!r} ({holder}): wait until it is done."
                ) from None
            catalog.forget(name)  # what was known of it may be older than what is true
        yield


def existing(name: str) -> Tenant:
    """The row of a tenant; one of TENANTS that has none gets it.

    Raises:
        ProvisioningError: there is no such tenant.
    """
    if row := Tenant.objects.filter(name=name).first():
        return row
    record = catalog.find(name)
    if record is None:
        raise ProvisioningError(
            f"There is no tenant {name!r}: python manage.py list_tenants shows those that there are."
        )
    return Tenant.objects.create(name=name, database=record.database, state=Tenant.State.READY)


def not_listed(row: Tenant) -> None:
    """Refuses what TENANTS would undo.

    Raises:
        ProvisioningError: TENANTS names the tenant.
    """
    if dict.__contains__(connections.settings, row.name.upper()):
        raise ProvisioningError(
            f"{row.name!r} stands in TENANTS, which would bring it back as it is: take it out there "
            "first, its row in the catalog goes on serving it, and run this again."
        )


def in_state(row: Tenant, *states: str) -> None:
    """Refuses a tenant that another command has begun with and not finished.

    Raises:
        ProvisioningError: it is in none of these states; says how it gets out of its own.
    """
    if row.state not in states:
        raise ProvisioningError(f"{row.name!r} is {row.state}: {way_out(row)}")


def way_out(row: Tenant) -> str:
    """What to do with a tenant that a command has begun with and not finished."""
    again = f"run {Step.of(row).command} for it again, which goes on"
    if row.state in (Tenant.State.DROPPING, Tenant.State.READY):  # ready: it was being migrated
        return f"{again}."
    other = f"drop_tenant {row.name}, which removes what there is"
    if row.state in (Tenant.State.MOVING, Tenant.State.RESTORING, Tenant.State.SUSPENDED):
        other = f"resume_tenant {row.name}, which leaves it as it was"
    return f"{again}, or {other}."


def note(row: Tenant, step: Step | str, **fields: Any) -> None:
    """Says in the catalog what is about to be done; whatever ends it early, the row stays like this."""
    fields["step"] = str(step)
    before = {field: getattr(row, field) for field in fields}
    vars(row).update(fields)
    try:
        row.save(update_fields=[*fields])
    except BaseException:
        vars(row).update(before)  # what is tidied up now goes by what the catalog says
        raise


def place_of(row: Tenant) -> Place:
    """Where the tenant's database is."""
    return Place.of(TenantRecord(row.name, row.name.upper(), row.database, row.server))


def other_place_of(row: Tenant) -> Place:
    """Where the tenant is being moved to, or what is kept of it."""
    other = (row.other_database, row.other_server)
    return Place.of(TenantRecord(row.name, row.name.upper(), *other))
