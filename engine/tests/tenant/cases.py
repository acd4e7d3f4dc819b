"""The table of cases: what work for one tenant finds and must not reach, and views that answer it in every way.

No case asks a database: who may ask which is decided, or refused, before.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from io import BytesIO

from django.core.cache import cache
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from engine.site.notes.models import Note
from engine.tests.names import OTHER_TENANT
from manydb.tenants.context import current_tenant, tenant_atomic, tenant_context


def _other() -> str:
    return "testclient" if current_tenant() == OTHER_TENANT else OTHER_TENANT


def their_note() -> Note:
    """A row of the tenant that is not active."""
    return Note.from_db(_other().upper(), ["id", "text", "folder_id"], [1, "Theirs", None])


def made_for_them() -> Note:
    with tenant_context(_other()):
        return Note(None, "Theirs")


def their_notes() -> QuerySet[Note]:
    with tenant_context(_other()):
        return Note.objects.all()


CASES: dict[str, Callable[[], object]] = {
    "who": current_tenant,
    "reads": lambda: Note.objects.all().db,
    "locks": lambda: Note.objects.select_for_update().db,
    "transactions": lambda: tenant_atomic().using,  # type: ignore[attr-defined]
    "cache": lambda: cache.make_key("key"),
    "their row": lambda: their_note().save(),
    "their rows": lambda: list(their_notes()),
    "theirs within ours": lambda: list(Note.objects.filter(pk__in=their_notes())),
    "what was made for them": lambda: made_for_them().save(),
    "a copy of theirs": lambda: Note.objects.bulk_create([their_note()]),
    "their database by name": lambda: Note.objects.using(their_note()._state.db).exists(),
}


def answer(case: str) -> object:
    """What comes of a case, or the name of the error that refuses it."""
    try:
        return CASES[case]()
    except Exception as error:
        return type(error).__name__


def answers() -> dict[str, object]:
    return {case: answer(case) for case in CASES}


def line(case: str) -> bytes:
    return json.dumps([case, answer(case)]).encode() + b"\n"


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"".join(line(case) for case in CASES))


async def page_async(request: HttpRequest) -> HttpResponse:
    return page(request)


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def chunks() -> Iterator[bytes]:
        for case in CASES:
            yield line(case)

    return StreamingHttpResponse(chunks())


async def stream_async(request: HttpRequest) -> StreamingHttpResponse:
    async def chunks() -> AsyncIterator[bytes]:
        for case in CASES:
            yield line(case)

    return StreamingHttpResponse(chunks())


class Lines(BytesIO):
    """An open file that is made as it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.cases = iter(CASES)

    def read(self, size: int | None = -1) -> bytes:
        return next((line(case) for case in self.cases), b"")


def file(request: HttpRequest) -> FileResponse:
    return FileResponse(Lines())


VIEWS = (page, page_async, stream, stream_async, file)
urlpatterns = [path(f"{view.__name__}/", view) for view in VIEWS]
