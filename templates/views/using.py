"""The start page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from manydb.pages import start_context
from manydb.routers import alias_of_tenant

from .conferences.models import Conference
from .conferences.queries import with_sponsors


def home(request: HttpRequest) -> HttpResponse:
    """The databases and, on a tenant's host, its conferences."""
    context = start_context(request)
    tenant = context["tenant"]
    if tenant and all(row.reachable for row in context["databases"]):
        context["conferences"] = conferences_of(tenant)
    return render(request, "home.html", context)


def conferences_of(tenant: str) -> list[Conference]:
    """Conferences that have not ended, with sponsors and numbers of registrations: two queries."""
    conferences = Conference.objects.using(alias_of_tenant(tenant)).current_or_upcoming()
    return with_sponsors(conferences.with_registration_count())
