"""Views that answer the table of cases in every way that Django has."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from asgiref.sync import sync_to_async
from django.http import FileResponse, HttpRequest, JsonResponse, StreamingHttpResponse
from django.urls import include, path

from .models import Entry
from .table import CASES, PROJECT, answer, answers, context

ROWS = Entry.objects.all()  # made when the server imports this module, which is for any tenant


def module_level(request: HttpRequest) -> JsonResponse:
    return JsonResponse([entry.text for entry in ROWS.all()], safe=False)


def plain(request: HttpRequest) -> JsonResponse:
    return JsonResponse(answers())


async def plain_async(request: HttpRequest) -> JsonResponse:
    found = await sync_to_async(answers)()
    return JsonResponse(found | {"rows": [entry.text async for entry in Entry.objects.all()]})


def line(case: str) -> str:
    return json.dumps([case, answer(case)]) + "\n"


def streamed(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(line(case) for case in CASES)


def streamed_async(request: HttpRequest) -> StreamingHttpResponse:
    async def chunks() -> AsyncIterator[str]:
        for case in CASES:
            yield await sync_to_async(line)(case)
            await asyncio.sleep(0)

    return StreamingHttpResponse(chunks())


class Lines:
    """An open file, whose every block is made when it is read."""

    def __init__(self) -> None:
        self.cases = iter(CASES)

    def read(self, size: int = -1) -> bytes:
        return next((line(case).encode() for case in self.cases), b"")

    def close(self) -> None:
        pass


def file(request: HttpRequest) -> FileResponse:
    return FileResponse(Lines())


def thread(request: HttpRequest) -> JsonResponse:
    with ThreadPoolExecutor(1) as pool:
        return JsonResponse(pool.submit(copy_context().run, answers).result())


def bare_thread(request: HttpRequest) -> JsonResponse:
    with ThreadPoolExecutor(1) as pool:
        return JsonResponse(pool.submit(answer, "rows").result(), safe=False)


def failing(request: HttpRequest) -> JsonResponse:
    raise ZeroDivisionError


def endless(request: HttpRequest) -> StreamingHttpResponse:
    def chunks() -> Iterator[str]:
        try:
            while True:
                yield f"{context.current_tenant()};" * 10_000
        finally:
            Entry.objects.create(text="the reader has left")

    return StreamingHttpResponse(chunks())


async def endless_async(request: HttpRequest) -> StreamingHttpResponse:
    async def chunks() -> AsyncIterator[str]:
        try:
            while True:
                yield f"{context.current_tenant()};" * 10_000
                await asyncio.sleep(0)
        finally:
            await Entry.objects.acreate(text="the reader has left")

    return StreamingHttpResponse(chunks())


def left_behind(request: HttpRequest) -> JsonResponse:
    return JsonResponse([context.current_tenant(), answer("rows")], safe=False)


async def left_behind_async(request: HttpRequest) -> JsonResponse:
    return JsonResponse([context.current_tenant(), await sync_to_async(answer)("rows")], safe=False)


VIEWS = [plain, plain_async, streamed, streamed_async, file, thread]
OTHERS = [
    module_level,
    bare_thread,
    failing,
    endless,
    endless_async,
    left_behind,
    left_behind_async,
]
urlpatterns = [
    *[path(f"{view.__name__}/", view) for view in [*VIEWS, *OTHERS]],
    path("", include(f"{PROJECT}.urls")),
]
