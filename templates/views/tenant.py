"""The start page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from manydb.core.hosts import tenant_hosts
from manydb.core.status import visible
from manydb.legacy.overview import legacy_databases
from manydb.tenants.context import current_tenant

from .conferences.models import Conference
from .conferences.queries import with_sponsors


def home(request: HttpRequest) -> HttpResponse:
    """The databases of the running project and, with a tenant, its conferences."""
    tenant = current_tenant()
    databases = visible(request, tenant)
    context = {
        "project": settings.PROJECT_NAME,
        "tenant": tenant,
        "tenants": tenant_hosts(request),
        "databases": databases,
        "legacy": legacy_databases(databases, tenant),
        "conferences": conferences() if tenant else None,
    }
    return render(request, "home.html", context)


def conferences() -> list[Conference]:
    """What has not ended yet, with sponsors and numbers of registrations: two queries in all."""
    return with_sponsors(Conference.objects.current_or_upcoming().with_registration_count())
