"""A tenant's row in the catalog, as a command takes it in hand and puts it down."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connections, transaction
from django.db.models import Q

from ...databases.aliases import PREFIX
from ...databases.locks import Locked, lock
from .. import catalog
from ..catalog import TenantRecord
from ..left_files import has_files
from ..models import Hostname, Tenant, validate_name
from .errors import ProvisioningError, sentence
from .places import Place

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


def check_name(name: str) -> None:
    """Refuses what can't name a tenant, before it becomes a part of any statement."""
    try:
        validate_name(name)
    except ValidationError as error:
        raise ProvisioningError(sentence(error)) from None


def check_host(name: str) -> None:
    """Refuses a name whose subdomain another tenant has, as one that was renamed keeps its old one.

    Raises:
        ProvisioningError: it has; says which tenant.
    """
    if taken := Hostname.objects.filter(host=subdomain(name)).exclude(tenant__name=name).first():
        raise ProvisioningError(
            f"{taken.host} is a host name of tenant {taken.tenant.name!r}: take it away there in the "
            "admin first, or choose another name."
        )


def check_files(name: str) -> None:
    """Refuses a name under which an earlier tenant has left stored files, which the new one would see.

    Raises:
        ProvisioningError: there are some.
    """
    if has_files(name):
        raise ProvisioningError(
            f"There are stored files of an earlier {name!r}: remove the folder {name} of the storage first, "
            "or choose another name."
        )


def check_server(server: str) -> None:
    """Refuses a server that the settings do not have."""
    if server and server not in settings.TENANT_SERVERS:
        known = ", ".join(sorted(settings.TENANT_SERVERS)) or "none yet"
        raise ProvisioningError(
            f"There is no server {server!r}: settings.TENANT_SERVERS has {known}; "
            "without a name it is the server of default."
        )


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
    again = f"run {row.step.partition(':')[0]} for it again, which goes on"
    if row.state == Tenant.State.DROPPING:
        return f"{again}."
    other = f"drop_tenant {row.name}, which removes what there is"
    if row.state in (Tenant.State.MOVING, Tenant.State.RESTORING, Tenant.State.SUSPENDED):
        other = f"resume_tenant {row.name}, which leaves it as it was"
    return f"{again}, or {other}."


def note(row: Tenant, step: str, **fields: Any) -> None:
    """Says in the catalog what is about to be done; whatever ends it early, the row stays like this."""
    fields["step"] = step
    before = {field: getattr(row, field) for field in fields}
    vars(row).update(fields)
    try:
        row.save(update_fields=[*fields])
    except BaseException:
        vars(row).update(before)  # what is tidied up now goes by what the catalog says
        raise


def free_database(name: str, server: str) -> str:
    """A name for a tenant's database that no tenant has on that server, not even for a copy that is kept."""
    for number in count(1):
        database = PREFIX + name + (f"_{number}" if number > 1 else "")
        here, kept = Q(database=database), Q(other_database=database)
        if connections["default"].vendor != "sqlite":  # whose servers are all in one folder
            here, kept = here & Q(server=server), kept & Q(other_server=server)
        if not Tenant.objects.filter(here | kept).exists():
            return database
    raise AssertionError  # count() does not end


def place_of(row: Tenant) -> Place:
    """Where the tenant's database is."""
    return Place.of(TenantRecord(row.name, row.name.upper(), row.database, row.server))


def other_place_of(row: Tenant) -> Place:
    """Where the tenant is being moved to, or what is kept of it."""
    other = (row.other_database, row.other_server)
    return Place.of(TenantRecord(row.name, row.name.upper(), *other))


def subdomain(name: str) -> str:
    """The host name that a tenant has without any row that says so."""
    return f"{name.replace('_', '-')}.{settings.BASE_DOMAIN}"
