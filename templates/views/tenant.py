"""The start page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from manydb.pages import start_context

from .conferences.models import Conference
from .conferences.queries import with_sponsors


def home(request: HttpRequest) -> HttpResponse:
    """The databases and, on a tenant's host, its conferences."""
    context = start_context(request)
    if context["tenant"] and all(row.reachable for row in context["databases"]):
        context["conferences"] = conferences()
    return render(request, "home.html", context)


def conferences() -> list[Conference]:
    """Conferences that have not ended, with sponsors and numbers of registrations: two queries."""
    return with_sponsors(Conference.objects.current_or_upcoming().with_registration_count())
