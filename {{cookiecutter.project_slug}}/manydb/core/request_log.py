"""One line of the log for each request, and the id by which its other lines are found."""

import logging
import re
from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from os import urandom
from time import perf_counter
from typing import Any, Self, cast

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from django.utils.encoding import escape_uri_path

from manydb.core import query_counts
from manydb.core.conf import conf

logger = logging.getLogger("manydb.request")

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_VALID = re.compile(r"[A-Za-z0-9-]{1,64}")
_SAFE = re.compile(r"[\w/.-]*", re.ASCII)  # most paths, at a tenth of the cost
_HEADER = "X-Request-ID"  # of the answer
_CLIENT_LEFT = 499  # what nginx notes for it


def _host(request: HttpRequest) -> str:
    try:
        return request.get_host()
    except DisallowedHost:
        return str(request.META.get("HTTP_HOST", ""))


@sync_and_async_middleware
def log_requests(
    get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Middleware: logs each request, also those that other middleware ends; ``request.request_id`` is its id.

    The answer carries the id in the header X-Request-ID. The line is written when the answer is there: a streamed
    body comes later.
    """
    if conf.LOG_QUERIES:
        query_counts.install()
    header = conf.REQUEST_ID_HEADER
    key = header and "HTTP_" + header.upper().replace("-", "_")

    if iscoroutinefunction(get_response):

        async def asynchronous(request: HttpRequest) -> HttpResponseBase:
            with _Line(request, key) as line:
                try:
                    response = await cast(Awaitable[HttpResponseBase], get_response(request))
                except CancelledError:
                    line.write(_CLIENT_LEFT)
                    raise
                response.headers[_HEADER] = line.id
                line.write(response.status_code)
            return response

        return asynchronous

    def synchronous(request: HttpRequest) -> HttpResponseBase:
        with _Line(request, key) as line:
            response = cast(HttpResponseBase, get_response(request))
            response.headers[_HEADER] = line.id
            line.write(response.status_code)
        return response

    return synchronous


class _Line:
    """What is known of a request while it is answered, and then its line."""

    __slots__ = ("before", "begun", "id", "queries", "request")

    def __init__(self, request: HttpRequest, key: str | None) -> None:
        self.request = request
        self.begun = perf_counter()
        given = request.META.get(key, "") if key else ""
        self.id = given if _VALID.fullmatch(given) else urandom(16).hex()
        self.queries: dict[str, int] | None = {} if conf.LOG_QUERIES else None
        request.request_id = self.id  # type: ignore[attr-defined]

    def __enter__(self) -> Self:
        self.before = request_id.get(), query_counts.counts.get()
        request_id.set(self.id)
        query_counts.counts.set(self.queries)
        return self

    def __exit__(self, *exception: object) -> None:
        request_id.set(self.before[0])  # by value, as scopes do
        query_counts.counts.set(self.before[1])

    def write(self, status: int) -> None:
        """Writes the line. The query string stays out of it: that may hold what only its user should know."""
        if not logger.isEnabledFor(logging.INFO):
            return
        request: Any = self.request
        path = request.path
        fields: dict[str, Any] = {
            "method": request.method,
            "host": _host(request),
            "path": path if _SAFE.fullmatch(path) else escape_uri_path(path),
            "status": status,
            "duration_ms": round((perf_counter() - self.begun) * 1000, 1),
            "tenant": getattr(request, "tenant", None),
            "request_id": self.id,
        }
        if refusal := getattr(request, "refusal", None):
            fields["refusal"] = refusal
        if self.queries is not None:
            fields["queries"] = self.queries
        logger.info("%s %s %s", request.method, fields["path"], status, extra={"fields": fields})
