"""Names of tenants, hosts, databases and servers: which are valid, and which are free."""

from itertools import count

from django.core.exceptions import ValidationError
from django.db import connections
from django.db.models import Q

from manydb.core.conf import conf
from manydb.core.placement import shared_alias
from manydb.core.routing import prefix
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.models import Hostname, Tenant, validate_name

OF_TESTS = "testclient"  # its databases are made and destroyed by test runs


def check_name(name: str) -> None:
    """Refuses a name that can't be a tenant's, before it becomes part of a statement."""
    try:
        validate_name(name)
    except ValidationError as error:
        raise ProvisioningError(sentence(error)) from None


def check_host(name: str) -> None:
    """Refuses a name whose subdomain another tenant has. A renamed tenant keeps its old subdomain.

    Raises:
        ProvisioningError: the message names that tenant.
    """
    if name == OF_TESTS:
        raise ProvisioningError(f"{name!r} is the tenant of tests. Choose another name.")
    if taken := Hostname.objects.filter(host=subdomain(name)).exclude(tenant__name=name).first():
        raise ProvisioningError(
            f"{taken.host} is a host name of tenant {taken.tenant.name!r}. Remove it there in the admin, or "
            "choose another name."
        )


def check_server(server: str) -> None:
    """Refuses a server that TENANT_SERVERS does not have."""
    if server and server not in conf.TENANT_SERVERS:
        known = ", ".join(sorted(conf.TENANT_SERVERS)) or "no server yet"
        raise ProvisioningError(
            f"There is no server {server!r}: TENANT_SERVERS has {known}. Name one of these, or none for the "
            "server of default."
        )


def free_database(name: str, server: str) -> str:
    """Returns a name for a database that no tenant uses on that server, not even for a previous database."""
    for number in count(1):
        database = prefix() + name + (f"_{number}" if number > 1 else "")
        here, kept = Q(database=database), Q(other_database=database)
        if connections[shared_alias()].vendor != "sqlite":  # whose servers are all in one folder
            here, kept = here & Q(server=server), kept & Q(other_server=server)
        if not Tenant.objects.filter(here | kept).exists():
            return database
    raise AssertionError  # count() does not end


def subdomain(name: str) -> str:
    """Returns the host name that every tenant has without a row of Hostname."""
    return f"{name.replace('_', '-')}.{conf.BASE_DOMAIN}"
