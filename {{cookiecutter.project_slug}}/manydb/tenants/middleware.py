"""Makes the tenant of a request the active one while it is answered."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import get_resolver, get_script_prefix, set_script_prefix
from django.utils.decorators import sync_and_async_middleware

from manydb.core.conf import conf
from manydb.core.streams import in_every_chunk
from manydb.tenants import catalog
from manydb.tenants.context import no_tenant, tenant_context
from manydb.tenants.membership.installing import install_in_packages
from manydb.tenants.resolvers import tenant_named_by


@sync_and_async_middleware
def tenant_from_request(
    get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Middleware: the tenant that a resolver names is active, and ``request.tenant`` is its name or None.

    An unknown tenant is answered with 404, one that is suspended or not ready with 503. Neither touches a
    tenant's database, and ``default`` only if the catalog was not asked for this tenant lately.
    """

    # Now, and not in the first request: a queryset that a view's module makes when it is imported would
    # belong to the tenant of that request.
    get_resolver().url_patterns  # noqa: B018
    install_in_packages()  # which these modules may have imported

    if iscoroutinefunction(get_response):

        async def asynchronous(request: HttpRequest) -> HttpResponseBase:
            name: str | None = await off_the_loop(tenant_named_by, request)
            refusal: HttpResponseBase | None = await off_the_loop(admit, request, name)
            if refusal is not None:
                return refusal
            active = partial(active_for, name, request)
            with active():
                response = await cast(Awaitable[HttpResponseBase], get_response(request))
            if response.streaming:
                in_every_chunk(response, active)
            return response

        return asynchronous

    def synchronous(request: HttpRequest) -> HttpResponseBase:
        name = tenant_named_by(request)
        refusal = admit(request, name)
        if refusal is not None:
            return refusal
        active = partial(active_for, name, request)
        with active():
            response = cast(HttpResponseBase, get_response(request))
        if response.streaming:
            in_every_chunk(response, active)
        return response

    return synchronous


@contextmanager
def active_for(name: str | None, request: HttpRequest) -> Iterator[None]:
    """The tenant and, where a path names it, the beginning of the addresses that ``reverse()`` makes.

    A request without a tenant gets neither, even if earlier work has left some in its thread.
    """
    before = get_script_prefix()
    set_script_prefix(getattr(request, "script_prefix", before))
    try:
        with tenant_context(name) if name else no_tenant():
            yield
    finally:
        set_script_prefix(before)


def admit(request: HttpRequest, name: str | None) -> HttpResponse | None:
    """Notes whose the request is; the answer if it must not be served.

    Raises:
        Http404: there is no such tenant.
    """
    request.tenant = name  # type: ignore[attr-defined]
    if name is None:
        return None
    record = catalog.find(name, fresh=True)
    if record is None:
        raise Http404(f"There is no tenant {name!r}.")
    if catalog.state_of(record) == "ready":
        return None
    # When it is ready again, this process learns it that much later.
    headers = {
        "Retry-After": str(max(1, conf.TENANT_CACHE_SECONDS)),
        "Cache-Control": "no-store",
    }
    text = f"{name} is not available at the moment. Please come back later."
    return HttpResponse(text, status=503, content_type="text/plain", headers=headers)


async def off_the_loop(function: Callable[..., Any], *args: Any) -> Any:
    """What is known is said at once; a thread, which takes longer, only asks ``default``."""
    try:
        return function(*args)
    except SynchronousOnlyOperation:
        return await sync_to_async(function)(*args)
