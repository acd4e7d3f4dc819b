"""Where code of our tenant may run: each place does a piece of work while our tenant is active."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from celery import Celery
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import include, path

from engine.site.notes.models import Note
from engine.tests.names import host_of
from engine.tests.tenant.test_middleware import body_of
from manydb.tenants.celery_tasks import TenantTask
from manydb.tenants.context import no_tenant, tenant_context

TENANT = "testclient"
HOST = host_of(TENANT)
Work = Callable[[], None]

work: list[Work] = []  # what a view, a task or a command is to do next


def do() -> None:
    work[-1]()


def view(request: HttpRequest) -> HttpResponse:
    do()
    return HttpResponse()


async def async_view(request: HttpRequest) -> HttpResponse:
    await sync_to_async(do)()
    return HttpResponse()


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def chunks() -> Iterator[bytes]:
        yield b"begun"
        do()

    return StreamingHttpResponse(chunks())


async def async_stream(request: HttpRequest) -> StreamingHttpResponse:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"begun"
        await sync_to_async(do)()

    return StreamingHttpResponse(chunks())


def rows(request: HttpRequest) -> HttpResponse:
    """A page of the project's own, which shows the rows of its tenant."""
    return HttpResponse("\n".join(Note.objects.values_list("text", flat=True)))


def empty(request: HttpRequest) -> HttpResponse:
    """A page that asks no database."""
    return HttpResponse()


urlpatterns = [
    path("empty/", empty),
    path("view/", view),
    path("async-view/", async_view),
    path("stream/", stream),
    path("async-stream/", async_stream),
    path("rows/", rows),
    path("", include("engine.site.urls")),
]

app = Celery("attacks", broker="memory://", backend="cache+memory://", set_as_current=False)


@app.task(base=TenantTask)  # type: ignore[untyped-decorator]
def task() -> None:
    do()


class Command(BaseCommand):
    def handle(self, *args: Any, **options: Any) -> None:
        do()


def in_a_shell() -> None:
    with tenant_context(TENANT):
        do()


def in_a_thread() -> None:
    """One that was given our tenant, and has connections of its own."""

    def run() -> None:
        try:
            do()
        finally:
            connections.close_all()

    with tenant_context(TENANT), ThreadPoolExecutor(1) as pool:
        pool.submit(copy_context().run, run).result()


def in_a_task() -> None:
    with tenant_context(TENANT):
        task.apply().get()


def in_a_command() -> None:
    with tenant_context(TENANT):
        call_command(Command())


def in_a_coroutine() -> None:
    async def run() -> None:
        with tenant_context(TENANT):
            await sync_to_async(do)()

    async_to_sync(run)()


def _wsgi(page: str) -> Callable[[], None]:
    def ask() -> None:
        with no_tenant():
            b"".join(Client().get(page, headers={"host": HOST}))

    return ask


def _asgi(page: str) -> Callable[[], None]:
    def ask() -> None:
        with no_tenant():
            async_to_sync(body_of)(page, HOST)

    return ask


PLACES: Mapping[str, Callable[[], None]] = {
    "shell": in_a_shell,
    "command": in_a_command,
    "thread": in_a_thread,
    "coroutine": in_a_coroutine,
    "task": in_a_task,
    "WSGI": _wsgi("/view/"),
    "WSGI, streamed": _wsgi("/stream/"),
    "ASGI": _asgi("/async-view/"),
    "ASGI, streamed": _asgi("/async-stream/"),
}
