"""Makes the tenant of a request the active one while it is answered."""

from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from functools import partial
from time import monotonic
from typing import Any, cast
from weakref import ReferenceType

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.core.signals import request_finished
from django.db import connections
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import get_resolver, get_script_prefix, set_script_prefix
from django.utils.decorators import sync_and_async_middleware

from manydb.core.conf import conf
from manydb.core.ownership import current
from manydb.core.placement import CATALOG
from manydb.core.routing import real_alias
from manydb.core.streams import in_every_chunk, when_closed
from manydb.patches import atomic_requests
from manydb.tenants import cached_functions, catalog
from manydb.tenants.context import tenant_context
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

    # Now, and not in the first request: what packages keep is looked for in the modules of views, too.
    get_resolver().url_patterns  # noqa: B018
    install_in_packages()  # which these modules may have imported
    cached_functions.separate()
    usual = _own_receivers()

    if iscoroutinefunction(get_response):

        async def asynchronous(request: HttpRequest) -> HttpResponseBase:
            name: str | None = await off_the_loop(tenant_named_by, request)
            if name is None:
                name = _of_outer_request()
            if not _is_served(request, name):
                refusal: HttpResponseBase | None = await off_the_loop(admit, request, name)
                if refusal is not None:
                    return refusal
            with active_for(name, request):
                response = await cast(Awaitable[HttpResponseBase], get_response(request))
            if response.streaming:
                in_every_chunk(response, partial(active_for, name, request))
            elif len(request_finished.receivers) > usual:
                when_closed(response, partial(active_for, name, request))
            return response

        return asynchronous

    def synchronous(request: HttpRequest) -> HttpResponseBase:
        name = tenant_named_by(request)
        if name is None:
            name = _of_outer_request()
        if not _is_served(request, name):
            refusal = admit(request, name)
            if refusal is not None:
                return refusal
        with active_for(name, request):
            response = cast(HttpResponseBase, get_response(request))
        if response.streaming:
            in_every_chunk(response, partial(active_for, name, request))
        elif len(request_finished.receivers) > usual:
            when_closed(response, partial(active_for, name, request))
        return response

    return synchronous


def _own_receivers() -> int:
    """How many receivers of ``request_finished`` are Django's and ours, which ask for no rows."""
    held = [each for _, each, *_ in request_finished.receivers]
    receivers = [each() if isinstance(each, ReferenceType) else each for each in held]
    roots = [str(getattr(each, "__module__", "")).partition(".")[0] for each in receivers]
    return sum(root in ("django", "manydb") for root in roots)


# Whether this context answers a request: work before it may have left a tenant, too.
_answering: ContextVar[bool] = ContextVar("answering", default=False)


def _of_outer_request() -> str | None:
    """The tenant for a request that code makes while it answers another, as a preview: no resolver may know its host."""
    active = current.get() if _answering.get() else None
    return active.name if active else None


class active_for:  # in lower case: it is used like a function
    """The tenant and, where a path names it, the beginning of the addresses that ``reverse()`` makes.

    A request without a tenant gets neither, even if earlier work has left some in its thread.
    """

    __slots__ = ("answering_before", "before", "name", "prefix", "prefix_before")

    def __init__(self, name: str | None, request: HttpRequest) -> None:
        self.name = name
        self.prefix: str | None = vars(request).get("script_prefix")

    def __enter__(self) -> None:
        active = None
        if self.name is not None:
            found = catalog.known.get(self.name)
            if found is not None and monotonic() < found[0]:
                active = found[1]
            else:
                active = tenant_context(self.name).entered()
        if self.prefix is not None:
            self.prefix_before = get_script_prefix()
            set_script_prefix(self.prefix)
        self.before, self.answering_before = current.get(), _answering.get()
        current.set(active)
        _answering.set(True)

    def __exit__(self, *exception: object) -> None:
        current.set(self.before)  # by value, as scopes do
        _answering.set(self.answering_before)
        if self.prefix is not None:
            set_script_prefix(self.prefix_before)


def _is_served(request: HttpRequest, name: str | None) -> bool:
    """Whether it was admitted within the last second; notes whose the request is."""
    until = catalog.served.get(name) if name is not None else None
    if until is None or monotonic() >= until:
        return False
    request.tenant = name  # type: ignore[attr-defined]
    return True


def admit(request: HttpRequest, name: str | None) -> HttpResponse | None:
    """Notes whose the request is; the answer if it must not be served.

    Raises:
        Http404: there is no such tenant.
    """
    request.tenant = name  # type: ignore[attr-defined]
    if name is None:
        return None
    changes = catalog.changes
    record = catalog.find(name, fresh=True)
    if record is None:
        request.refusal = "unknown"  # type: ignore[attr-defined]  # for the line of the request
        raise Http404(f"There is no tenant {name!r}.")
    if catalog.state_of(record) == "ready":
        if not catalog.is_outdated(name):
            catalog.serve(name, changes)
        return None
    request.refusal = catalog.state_of(record)  # type: ignore[attr-defined]
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


# ATOMIC_REQUESTS with tenants: the view of a request is one transaction on the active tenant's database.


def aliases_of_request() -> Iterator[str]:
    """Where the view of this request begins a transaction: shared databases and the active tenant's primary.

    Where ``default`` is the tenant's, a setting of ``default`` is meant for that one and not for the catalog.
    """
    tenant = current.get()
    active = tenant.alias if tenant is not None else None
    meant = CATALOG if conf.TENANT_DEFAULT and active else None
    for alias, entry in connections.settings.items():
        if entry.get("ATOMIC_REQUESTS") and not entry.get("TENANT") and alias != meant:
            yield alias
    if active and connections.settings[active].get("ATOMIC_REQUESTS"):
        yield active


def install_transactions() -> None:
    atomic_requests.install(aliases_of_request, real_alias)
