"""Makes the tenant of the host name the active one while a request is answered."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from ..databases.hosts import tenant_of
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
            return _with_tenant_in_every_chunk(response, tenant)

        return asynchronous

    def synchronous(request: HttpRequest) -> HttpResponseBase:
        tenant = tenant_of(request)
        response: Any
        if tenant is None:
            response = get_response(request)
            return response
        with tenant_context(tenant):
            response = get_response(request)
        return _with_tenant_in_every_chunk(response, tenant)

    return synchronous


def _with_tenant_in_every_chunk(response: HttpResponseBase, tenant: str) -> HttpResponseBase:
    """A streamed body is made after the middleware has ended. Files are left alone: servers send them whole."""
    if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
        content: Any = response.streaming_content
        wrap = _async_chunks if response.is_async else _chunks
        response.streaming_content = wrap(content, tenant)
    return response


def _chunks(content: Iterator[Any], tenant: str) -> Iterator[Any]:
    while True:
        with tenant_context(tenant):
            try:
                chunk = next(content)
            except StopIteration:
                return
        yield chunk


async def _async_chunks(content: AsyncIterator[Any], tenant: str) -> AsyncIterator[Any]:
    while True:
        with tenant_context(tenant):
            try:
                chunk = await anext(content)
            except StopAsyncIteration:
                return
        yield chunk
