"""The start page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from manydb.core.hosts import tenant_hosts, tenant_of
from manydb.core.status import visible
from manydb.legacy.overview import legacy_databases


def home(request: HttpRequest) -> HttpResponse:
    """The databases of the running project: all on the base domain, on a tenant's host what it may see."""
    tenant = tenant_of(request)
    databases = visible(request, tenant)
    context = {
        "project": settings.PROJECT_NAME,
        "tenant": tenant,
        "tenants": tenant_hosts(request),
        "databases": databases,
        "legacy": legacy_databases(databases, tenant),
    }
    return render(request, "home.html", context)
