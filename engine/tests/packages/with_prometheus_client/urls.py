from django.http import HttpRequest, HttpResponse
from django.urls import path

from ..notes.models import Note


def notes(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        Note.objects.create(text="one")
    return HttpResponse(str(len(Note.objects.all())))


urlpatterns = [path("notes/", notes)]
