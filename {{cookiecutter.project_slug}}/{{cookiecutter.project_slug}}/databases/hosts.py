"""Which tenant a host name belongs to."""

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.request import split_domain_port

from .exceptions import UnknownDatabase
from .routing import alias_of_tenant


def tenant_of_host(host: str, base_domain: str) -> str | None:
    """The subdomain in front of the base domain: ``acme`` for ``acme.localhost:8000``.

    None for the base domain itself and for hosts that are not under it, such as an IP address.
    """
    domain, _port = split_domain_port(host.lower())
    name, dot, rest = domain.partition(".")
    if domain == base_domain or not domain.endswith(f".{base_domain}"):
        return None
    return name if dot and rest == base_domain else domain.removesuffix(f".{base_domain}")


def tenant_of(request: HttpRequest) -> str | None:
    """The tenant whose host this request was sent to, or None.

    Raises:
        Http404: the host is under the base domain, but no tenant's.
    """
    name = tenant_of_host(request.get_host(), settings.BASE_DOMAIN)
    if name is None:
        return None
    try:
        alias_of_tenant(name)
    except UnknownDatabase as error:
        raise Http404(str(error)) from error
    return name
