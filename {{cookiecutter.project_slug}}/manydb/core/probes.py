"""Answers ``/livez`` and ``/readyz`` before hosts, redirects to TLS, tenants and sessions are looked at."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, cast

from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare
from django.utils.decorators import sync_and_async_middleware

from manydb.core import draining
from manydb.core.conf import conf

LIVE, READY = "/livez", "/readyz"
UNCACHED = {"Cache-Control": "no-store"}


@sync_and_async_middleware
def answer_probes(
    get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Middleware, the first of all: 200 if this process is alive or ready, 503 if it can serve nothing."""

    draining.notice_sigterm()
    logging.getLogger("django.request").addFilter(_is_no_probe)

    if iscoroutinefunction(get_response):

        async def asynchronous(request: HttpRequest) -> HttpResponseBase:
            if request.path_info == LIVE:
                return _alive()
            if request.path_info == READY:
                draining.notice_sigterm()  # uvicorn sets its handler after it has loaded the application
                return await sync_to_async(_ready, thread_sensitive=False)(request)
            return await cast(Awaitable[HttpResponseBase], get_response(request))

        return asynchronous

    def synchronous(request: HttpRequest) -> HttpResponseBase:
        if request.path_info == LIVE:
            return _alive()
        if request.path_info == READY:
            if draining.is_out_of_reach():
                # Under ASGI, middleware that is only sync puts this one into a thread. This goes to the loop's own.
                async_to_sync(_notice_sigterm)()
            return _ready(request)
        return cast(HttpResponseBase, get_response(request))

    return synchronous


async def _notice_sigterm() -> None:
    draining.notice_sigterm()


def _alive() -> HttpResponse:
    return HttpResponse("alive", content_type="text/plain", headers=UNCACHED)


def _ready(request: HttpRequest) -> HttpResponse:
    from manydb.core.readiness import readiness  # it loads migrations: not where it is never asked

    found = readiness()
    status = 200 if found.is_ready else 503
    if not may_see_details(request):
        return HttpResponse(found.word, status=status, content_type="text/plain", headers=UNCACHED)
    databases = [
        {name: value for name, value in asdict(each).items() if value not in (None, "")}
        for each in found.databases
    ]
    content = {"state": found.word, "databases": databases}
    return JsonResponse(content, status=status, headers=UNCACHED)


def may_see_details(request: HttpRequest) -> bool:
    """Whether the request carries MONITORING_TOKEN; without that setting no request does."""
    given = request.headers.get("Authorization", "")
    token = conf.MONITORING_TOKEN
    return bool(token) and constant_time_compare(given, f"Bearer {token}")


def _is_no_probe(record: logging.LogRecord) -> bool:
    """Drops Django's line on an answer of 503 to a probe: there would be one every few seconds."""
    request: Any = getattr(record, "request", None)
    return getattr(request, "path_info", None) not in (LIVE, READY)
