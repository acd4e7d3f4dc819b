"""Which tenant a host name belongs to."""

from collections.abc import Iterable

from django.http import Http404, HttpRequest
from django.http.request import split_domain_port, validate_host

from manydb.core.conf import conf
from manydb.core.exceptions import UnknownDatabase
from manydb.core.routing import alias_of_tenant, facts, primaries


def tenant_of_host(host: str, base_domain: str) -> str | None:
    """The subdomain in front of the base domain: ``acme`` for ``acme.localhost:8000``.

    A host name holds no underscore: tenant ``big_shop`` is ``big-shop.localhost``. None for the base domain itself and for hosts that are not under it, such as an IP address.
    """
    domain, _port = split_domain_port(host.lower())
    if not domain.endswith(f".{base_domain}"):
        return None
    return domain.removesuffix(f".{base_domain}").replace("-", "_")


def is_under_base_domain(host: str) -> bool:
    """Whether a host, without its port, is the base domain or under it."""
    return validate_host(host.lower(), [f".{conf.BASE_DOMAIN}"])


def tenant_of(request: HttpRequest) -> str | None:
    """The tenant that this request was sent to, or None.

    Raises:
        Http404: the host is under the base domain, but no tenant's.
    """
    if hasattr(request, "tenant"):  # a middleware has found out
        tenant: str | None = request.tenant
        return tenant
    name = tenant_of_host(request.get_host(), conf.BASE_DOMAIN)
    if name is None:
        return None
    try:
        alias_of_tenant(name)
    except UnknownDatabase as error:
        raise Http404(str(error)) from error
    return name


def tenant_hosts(request: HttpRequest, further: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Name and host of each tenant that ``DATABASES`` lists and of ``further`` ones; empty for who may not see them.

    A host has the port of this request.
    """
    from manydb.core.status import (
        may_see_databases,  # with much that only pages about databases need
    )

    if not may_see_databases(request):
        return []
    listed = [tenant for alias in primaries() if (tenant := facts(alias).get("TENANT"))]
    tenants = [*listed, *(name for name in further if name not in listed)]
    _, colon, port = request.get_host().rpartition(":")
    suffix = f"{conf.BASE_DOMAIN}:{port}" if colon and port.isdigit() else conf.BASE_DOMAIN
    return [(tenant, f"{tenant.replace('_', '-')}.{suffix}") for tenant in tenants]
