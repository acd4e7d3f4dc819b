"""What a tenant, its host, its database and its server may be called."""

from itertools import count

from django.core.exceptions import ValidationError
from django.db import connections
from django.db.models import Q

from manydb.core.conf import conf
from manydb.core.routing import prefix
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.models import Hostname, Tenant, validate_name
from manydb.tenants.renamed_files import has_files


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
    if server and server not in conf.TENANT_SERVERS:
        known = ", ".join(sorted(conf.TENANT_SERVERS)) or "none yet"
        raise ProvisioningError(
            f"There is no server {server!r}: TENANT_SERVERS has {known}; "
            "without a name it is the server of default."
        )


def free_database(name: str, server: str) -> str:
    """A name for a tenant's database that no tenant has on that server, not even for a copy that is kept."""
    for number in count(1):
        database = prefix() + name + (f"_{number}" if number > 1 else "")
        here, kept = Q(database=database), Q(other_database=database)
        if connections["default"].vendor != "sqlite":  # whose servers are all in one folder
            here, kept = here & Q(server=server), kept & Q(other_server=server)
        if not Tenant.objects.filter(here | kept).exists():
            return database
    raise AssertionError  # count() does not end


def subdomain(name: str) -> str:
    """The host name that a tenant has without any row that says so."""
    return f"{name.replace('_', '-')}.{conf.BASE_DOMAIN}"
