"""The start page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from manydb.pages import overview


def home(request: HttpRequest) -> HttpResponse:
    """The databases: on the base domain all of them, on a tenant's host its own and the shared ones."""
    return render(request, "home.html", {"project": settings.PROJECT_NAME, **overview(request)})
