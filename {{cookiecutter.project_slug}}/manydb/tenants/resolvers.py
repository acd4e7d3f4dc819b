"""Whose request is it? Small functions, asked in the order of ``settings.TENANT_RESOLVERS``.

Each takes the request and gives the name of a tenant, or None if it has nothing to say. Any function
that does so may be in the list, by its dotted path. Whether there is such a tenant, and whether it
may be served, is looked up afterwards. A resolver may query ``default``, and needs no ``await``.
"""

from collections.abc import Callable
from functools import cache, lru_cache

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils.module_loading import import_string

from manydb.core.conf import conf
from manydb.core.hosts import is_under_base_domain, tenant_of_host
from manydb.tenants import catalog

Resolver = Callable[[HttpRequest], str | None]


def tenant_named_by(request: HttpRequest) -> str | None:
    """The name that the first resolver with an answer gives; None if the request is no tenant's."""
    for resolver in _resolvers(tuple(conf.TENANT_RESOLVERS)):
        if (name := resolver(request)) is not None:
            return name
    return None


@cache
def _resolvers(paths: tuple[str, ...]) -> list[Resolver]:
    return [import_string(path) for path in paths]


def subdomain(request: HttpRequest) -> str | None:
    """Returns ``acme`` for ``acme.<BASE_DOMAIN>``; the base domain itself has no tenant."""
    return _tenant_of_host(request.get_host(), conf.BASE_DOMAIN)


_tenant_of_host = lru_cache(maxsize=10_000)(tenant_of_host)


def hostname(request: HttpRequest) -> str | None:
    """The tenant that has a host name of its own in the catalog; none can have one under BASE_DOMAIN.

    Such hosts come and go without a restart, so ALLOWED_HOSTS can't list them: set it to ``["*"]``. Then
    a host that is neither in the catalog nor BASE_DOMAIN or under it is refused here.

    Raises:
        DisallowedHost: which Django answers with 400.
    """
    host, _port = split_domain_port(request.get_host())
    if is_under_base_domain(host):
        return None  # a subdomain is its tenant's, whatever the rows say
    record = catalog.find_by_host(host)
    if record is not None:
        return record.name
    if not validate_host(host, set(settings.ALLOWED_HOSTS) - {"*"}):
        raise DisallowedHost(
            f"{host!r} is neither the host name of a tenant nor below BASE_DOMAIN."
        )
    return None


def path(request: HttpRequest) -> str | None:
    """``/t/acme/orders/`` is ``/orders/`` of ``acme``, where TENANT_PATH is ``/t/``.

    ``reverse()`` and the template tag ``url`` then begin with ``/t/acme/``, as they do under a SCRIPT_NAME.
    """
    before, _, rest = request.path_info.partition(conf.TENANT_PATH)
    name, slash, inner = rest.partition("/")
    if before or not slash:
        return None
    # Django makes these absolute at their first use and keeps them: they must not begin with this tenant's path.
    settings.STATIC_URL, settings.MEDIA_URL  # noqa: B018
    prefix = request.path.removesuffix(inner)
    request.path_info = f"/{inner}"
    request.META["SCRIPT_NAME"] = prefix.rstrip("/")
    request.script_prefix = prefix  # type: ignore[attr-defined]  # for the middleware
    return name


def trusted_header(request: HttpRequest) -> str | None:
    """Returns the header named by TENANT_HEADER, or None while that setting is None.

    Any client can send it, so use it only behind a gateway that sets it in every request.
    """
    if conf.TENANT_HEADER is None:
        return None
    return request.headers.get(conf.TENANT_HEADER)
