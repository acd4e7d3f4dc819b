"""The tenant of a websocket, as ``middleware`` finds that of a request. It is ASGI, so Channels is not needed here.

application = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": TenantWebsockets(AuthMiddlewareStack(URLRouter(routes))),
    }
)
"""

from collections.abc import Awaitable, Callable
from contextlib import closing
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import split_domain_port

from manydb.core.conf import conf
from manydb.core.hosts import tenant_of_host
from manydb.core.ownership import Owner
from manydb.tenants import catalog
from manydb.tenants.middleware import active_for, admit, off_the_loop
from manydb.tenants.resolvers import tenant_named_by

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

_TRY_AGAIN_LATER = 1013  # RFC 6455, in the registry of close codes


class TenantWebsockets:
    """Makes the tenant that a resolver names the active one for as long as the websocket is open.

    ``scope["tenant"]`` is its name or None. An unknown tenant is refused with 404, one that is suspended or not
    ready with 503, a page of another tenant with 403. It is always 403 with a server that can't send a status. When the
    tenant is suspended, dropped or replaced by another of its name, its websockets are closed with 1013, at
    most TENANT_CACHE_SECONDS later. It must stand around what looks up sessions and users.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.application(scope, receive, send)
            return
        with closing(BytesIO()) as body:
            request = ASGIRequest(scope | {"method": "GET"}, body)
        try:
            name: str | None = await off_the_loop(tenant_named_by, request)
            refusal: HttpResponse | None = await off_the_loop(admit, request, name)
            if refusal is None and await off_the_loop(_is_from_another_tenant, request, name):
                refusal = HttpResponse("This is a page of another tenant.", status=403)
        except Http404 as error:
            refusal = HttpResponse(str(error), status=404)
        except SuspiciousOperation:
            refusal = HttpResponse("This host is not served.", status=400)
        if refusal is not None:
            await _refuse(refusal, scope, receive, send)
            return
        scope = scope | {"tenant": name}
        if hasattr(request, "script_prefix"):
            scope["root_path"] = request.META["SCRIPT_NAME"]
        with active_for(name, request):
            if name is not None:
                receive, send = await _while_served(name, receive, send)
            await self.application(scope, receive, send)


async def _while_served(name: str, receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Both, with a look before each event whether the tenant is still the one that it was, and served."""
    owner: Owner = await off_the_loop(catalog.owner_of, name)
    is_closed = False

    def is_served() -> bool:
        record = catalog.find(name, fresh=True)
        return record is not None and catalog.state_of(record) == "ready" and record.owner == owner

    async def close() -> None:
        nonlocal is_closed
        if not is_closed:
            is_closed = True
            await send({"type": "websocket.close", "code": _TRY_AGAIN_LATER})

    async def receive_if_served() -> Event:
        event = await receive()
        if event["type"] == "websocket.disconnect" or await off_the_loop(is_served):
            return event
        await close()
        return {"type": "websocket.disconnect", "code": _TRY_AGAIN_LATER}

    async def send_if_served(event: Event) -> None:
        if is_closed:
            return  # what is sent after the end goes nowhere, as with any websocket
        if await off_the_loop(is_served):
            await send(event)
        else:
            await close()

    return receive_if_served, send_if_served


def _is_from_another_tenant(request: HttpRequest, name: str | None) -> bool:
    """Browsers send their cookies with a websocket that a page of any host opens, and say which host that was."""
    host = urlsplit(request.headers.get("Origin", "")).netloc
    if not host or host == request.get_host():
        return False
    domain, _port = split_domain_port(host)
    subdomain = tenant_of_host(host, conf.BASE_DOMAIN)
    record = catalog.find(subdomain, fresh=True) if subdomain else catalog.find_by_host(domain)
    return record is not None and record.name != name


async def _refuse(
    response: HttpResponse, scope: dict[str, Any], receive: Receive, send: Send
) -> None:
    await receive()  # the handshake, which is what is answered
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    headers = [(key.encode(), value.encode()) for key, value in response.items()]
    start = {"status": response.status_code, "headers": headers}
    await send({"type": "websocket.http.response.start", **start})
    await send({"type": "websocket.http.response.body", "body": response.content})
