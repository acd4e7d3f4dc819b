"""Views that say which tenant they see, and where they would read: plain and streamed, sync and async."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.contrib.admin import site
from django.core.files.storage import default_storage
from django.db import InternalError, connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.templatetags.static import static
from django.test import Client
from django.urls import path, reverse

from engine.site.notes.models import Note
from manydb.tenants.context import current_tenant


def seen() -> str:
    return f"{current_tenant()} reads {Note.objects.all().db};"


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(seen())


async def plain_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse(seen())


def nobodys(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(current_tenant()))


def asking(request: HttpRequest) -> HttpResponse:
    """Makes a request itself, as previews of a CMS do."""
    host = request.GET["host"]
    return HttpResponse(Client(headers={"host": host}).get("/nobodys/").content)


async def asking_async(request: HttpRequest) -> HttpResponse:
    return await sync_to_async(asking)(request)


def address(request: HttpRequest) -> HttpResponse:
    return HttpResponse(reverse("address"))


def static_address(request: HttpRequest) -> HttpResponse:
    return HttpResponse(static("style.css"))


def site_address(request: HttpRequest) -> HttpResponse:
    return HttpResponse(site.each_context(request)["site_url"])


def file_address(request: HttpRequest) -> HttpResponse:
    return HttpResponse(default_storage.url("1.txt"))


def failing(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def interrupted(request: HttpRequest) -> HttpResponse:
    """Meets a database that another process has just changed, which tells nobody here."""
    with connections["default"].cursor() as cursor:
        for column, value in request.GET.items():
            cursor.execute(
                f"UPDATE manydb_tenants_tenant SET {column} = %s WHERE name = 'newcomer'", [value]
            )
    raise InternalError("cannot execute INSERT in a read-only transaction")


async def interrupted_async(request: HttpRequest) -> HttpResponse:
    return await sync_to_async(interrupted)(request)


def streamed(request: HttpRequest) -> StreamingHttpResponse:
    def chunks() -> Iterator[str]:
        for _ in range(3):
            yield seen()

    return StreamingHttpResponse(chunks())


async def streamed_async(request: HttpRequest) -> StreamingHttpResponse:
    async def chunks() -> AsyncIterator[str]:
        for _ in range(3):
            yield seen()

    return StreamingHttpResponse(chunks())


urlpatterns = [
    path("", nobodys),
    path("plain/", plain),
    path("plain-async/", plain_async),
    path("nobodys/", nobodys),
    path("asking/", asking),
    path("asking-async/", asking_async),
    path("address/", address, name="address"),
    path("static-address/", static_address),
    path("site-address/", site_address),
    path("file-address/", file_address),
    path("interrupted/", interrupted),
    path("interrupted-async/", interrupted_async),
    path("failing/", failing),
    path("streamed/", streamed),
    path("streamed-async/", streamed_async),
]
