"""Counts requests, and answers ``/metrics`` before hosts, redirects to TLS and tenants are looked at."""

import os
from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any, cast

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from manydb.contrib.prometheus import counters
from manydb.contrib.prometheus.state import State
from manydb.core.conf import conf
from manydb.core.probes import UNCACHED, may_see_details

METRICS = "/metrics"
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_CLIENT_LEFT = 499  # as in the line of the request


@sync_and_async_middleware
def answer_metrics(
    get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Middleware, after the one of probes: counts each request, and answers ``/metrics`` with what was counted."""
    counters.install()

    if iscoroutinefunction(get_response):

        async def asynchronous(request: HttpRequest) -> HttpResponseBase:
            if request.path_info == METRICS:
                return await sync_to_async(_metrics, thread_sensitive=False)(request)
            with _counted(request) as note:
                try:
                    response = await cast(Awaitable[HttpResponseBase], get_response(request))
                except CancelledError:
                    note(_CLIENT_LEFT)
                    raise
                note(response.status_code)
            return response

        return asynchronous

    def synchronous(request: HttpRequest) -> HttpResponseBase:
        if request.path_info == METRICS:
            return _metrics(request)
        with _counted(request) as note:
            response = cast(HttpResponseBase, get_response(request))
            note(response.status_code)
        return response

    return synchronous


@contextmanager
def _counted(request: Any) -> Iterator[Callable[[int], None]]:
    """The block in which a request is answered; it calls what it is given with the status of the answer."""
    begun = perf_counter()

    def note(status: int) -> None:
        # A client may send any word as its method, and a series stays for ever.
        method = request.method if request.method in _METHODS else "other"
        counters.requests.labels(method, status).inc()
        counters.request_seconds.observe(perf_counter() - begun)
        tenant = getattr(request, "tenant", None)
        if conf.METRICS_PER_TENANT and tenant and getattr(request, "refusal", "") != "unknown":
            counters.tenant_requests.labels(tenant).inc()

    with counters.in_progress.track_inprogress():
        yield note
    counters.look_at_connections()


def _metrics(request: HttpRequest) -> HttpResponse:
    if not may_see_details(request):
        text = "Send Authorization: Bearer with MONITORING_TOKEN."
        return HttpResponse(text, status=403, content_type="text/plain", headers=UNCACHED)
    counters.look_at_connections()
    registry = CollectorRegistry()
    registry.register(State())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)
    else:
        registry.register(cast(Any, REGISTRY))
    return HttpResponse(
        generate_latest(registry), content_type=CONTENT_TYPE_LATEST, headers=UNCACHED
    )
