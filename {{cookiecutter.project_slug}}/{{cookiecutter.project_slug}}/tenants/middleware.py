"""Makes the tenant of the host name the active one while a request is answered."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from ..databases.hosts import tenant_of
from ..databases.streams import in_every_chunk
from .context import tenant_context


@sync_and_async_middleware
def tenant_from_host(
    get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Middleware: ``acme.<BASE_DOMAIN>`` is tenant ``acme``, the base domain itself is none.

    A host under the base domain that is no tenant's answers 404 and touches no tenant's database.
    """

    if iscoroutinefunction(get_response):

        async def asynchronous(request: HttpRequest) -> HttpResponseBase:
            tenant = tenant_of(request)
            if tenant is None:
                return await get_response(request)
            with tenant_context(tenant):
                response = await get_response(request)
            return in_every_chunk(response, partial(tenant_context, tenant))

        return asynchronous

    def synchronous(request: HttpRequest) -> HttpResponseBase:
        tenant = tenant_of(request)
        response: Any
        if tenant is None:
            response = get_response(request)
            return response
        with tenant_context(tenant):
            response = get_response(request)
        return in_every_chunk(response, partial(tenant_context, tenant))

    return synchronous
