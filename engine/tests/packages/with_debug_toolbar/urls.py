from debug_toolbar.toolbar import debug_toolbar_urls
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from engine.site.urls import urlpatterns as of_the_site
from manydb.replicas import use_primary

from ..notes.models import Note


def always(request: HttpRequest) -> bool:
    return True


def notes(request: HttpRequest) -> HttpResponse:
    found = "".join(f"<li>{note.text}</li>" for note in Note.objects.all())
    with use_primary():
        count = Note.objects.count()
    return HttpResponse(f"<html><body><ul>{found}</ul>{count}</body></html>")


def add(request: HttpRequest, alias: str) -> HttpResponse:
    with transaction.atomic(alias):
        Note.objects.using(alias).create(text=request.POST["text"])
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM notes_note")
        (count,) = cursor.fetchone()
    return HttpResponse(f"<html><body>{count}</body></html>")


urlpatterns = [
    path("notes/", notes),
    path("add/<alias>/", add),
    *of_the_site,
    *debug_toolbar_urls(),
]
