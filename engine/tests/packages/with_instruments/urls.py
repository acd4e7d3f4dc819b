from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from engine.site.urls import urlpatterns as of_the_site

from ..notes.models import Note


def notes(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join(note.text for note in Note.objects.all()))


def add(request: HttpRequest, alias: str) -> HttpResponse:
    with transaction.atomic(alias):
        note = Note.objects.using(alias).create(text=request.POST["text"])
        note.text = f"{note.text}!"
        note.save()
    if "fail" in request.POST:
        raise ValueError("on purpose")
    return HttpResponse(note.text)


urlpatterns = [
    path("notes/", notes),
    path("add/<alias>/", add),
    path("", include("django_prometheus.urls")),
    *of_the_site,
]
