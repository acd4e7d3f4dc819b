"""Brings what a client wrote into its requests, and what a request wrote to its client."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property  # without a lock, in each request

from manydb.core.streams import in_every_chunk
from manydb.replicas import client
from manydb.replicas.positions import Position
from manydb.replicas.reads import Place, Reads, place, reading

# RFC 9110, 9.2.1: their requests are to change nothing, and so may read what is some moments old.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class ReadYourWrites:
    """Middleware: no request reads less than its client wrote before, from whatever replica.

    A request with an unsafe method, such as POST, reads primaries: what it is about to change must be current.
    A view that only reads but is asked by POST says so with ``use_replica()``.

    It must stand before all that may write, such as sessions: positions are taken when they are done.
    What a streamed body writes while it is sent comes too late for its client's cookie.
    """

    sync_capable = async_capable = True

    def __init__(
        self,
        get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]],
    ) -> None:
        self.get_response: Callable[[HttpRequest], Any] = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._asynchronous(request)
        before = place.get()
        reads = ReadsOfRequest(request, before.reads)
        place.set(Place(reads, before.must_be_current))
        try:
            response: HttpResponseBase = self.get_response(request)
            if reads.written:
                _carry(request, response, reads)
        finally:
            place.set(before)  # by value, as scopes do
        if response.streaming:
            in_every_chunk(response, partial(reading, reads))
        return response

    async def _asynchronous(self, request: HttpRequest) -> HttpResponseBase:
        before = place.get()
        reads = ReadsOfRequest(request, before.reads)
        place.set(Place(reads, before.must_be_current))
        try:
            response: HttpResponseBase = await self.get_response(request)
            if reads.written:
                await sync_to_async(_carry)(request, response, reads)
        finally:
            place.set(before)
        if response.streaming:
            in_every_chunk(response, partial(reading, reads))
        return response


class ReadsOfRequest(Reads):
    """Looks at what the client says only when it has to choose among replicas."""

    def __init__(self, request: HttpRequest, outer: Reads | None) -> None:
        self.request = request
        self.begin(must_be_current=request.method not in SAFE_METHODS, outer=outer)

    @cached_property
    def client(self) -> str:  # type: ignore[override]
        return client.identity(self.request)

    @cached_property
    def wanted(self) -> dict[str, Sequence[Position]]:  # type: ignore[override]
        request = self.request
        if client.META_KEY not in request.META and client.NAMES.isdisjoint(request.COOKIES):
            return {}
        return dict(client.received(request))


def _carry(request: HttpRequest, response: HttpResponseBase, reads: Reads) -> None:
    if positions := reads.positions_of(reads.written):
        client.send(request, response, reads.wanted | positions)
