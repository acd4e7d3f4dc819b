from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from engine.site.urls import urlpatterns as of_the_site

from ..notes.models import Note


def rows(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join(note.text for note in Note.objects.all()))


urlpatterns = [path("rows/", rows), path("silk/", include("silk.urls")), *of_the_site]
