from django.http import HttpRequest, HttpResponse
from django.urls import path

from ..notes.models import Note


def notes(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join(note.text for note in Note.objects.all()))


async def notes_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join([note.text async for note in Note.objects.all()]))


def failing(request: HttpRequest) -> HttpResponse:
    password = "-".join(["the", "password"])  # as a frame that connects has one
    raise ValueError(f"on purpose, {len(password)}")


urlpatterns = [
    path("notes/", notes),
    path("notes-async/", notes_async),
    path("failing/", failing),
]
