"""The start page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from manydb.core.hosts import tenant_hosts, tenant_of
from manydb.core.routing import alias_of_tenant
from manydb.core.status import visible
from manydb.legacy.overview import legacy_databases

from .conferences.models import Conference
from .conferences.queries import with_sponsors


def home(request: HttpRequest) -> HttpResponse:
    """The databases of the running project and, on a tenant's host, its conferences."""
    tenant = tenant_of(request)
    databases = visible(request, tenant)
    context = {
        "project": settings.PROJECT_NAME,
        "tenant": tenant,
        "tenants": tenant_hosts(request),
        "databases": databases,
        "legacy": legacy_databases(databases, tenant),
        "conferences": conferences_of(tenant) if tenant else None,
    }
    return render(request, "home.html", context)


def conferences_of(tenant: str) -> list[Conference]:
    """What has not ended yet, with sponsors and numbers of registrations: two queries in all."""
    conferences = Conference.objects.using(alias_of_tenant(tenant)).current_or_upcoming()
    return with_sponsors(conferences.with_registration_count())
