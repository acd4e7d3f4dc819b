"""The least that tenants can be: no guard, no catalog, nothing that ends."""

from contextvars import ContextVar

from django.db import connections
from django.http import Http404

active = ContextVar("active", default="default")
OF_TENANTS = "benchmarks.inside.cases.models"


class Naive:
    """The active tenant's database for its models, and default for all others."""

    def db_for_read(self, model, **hints):
        return active.get() if model.__module__ == OF_TENANTS else "default"

    db_for_write = db_for_read


def tenant_of_host(get_response):
    def middleware(request):
        alias = request.get_host().split(":")[0].removesuffix(".localhost").upper()
        if alias not in connections.settings:
            raise Http404
        token = active.set(alias)
        try:
            return get_response(request)
        finally:
            active.reset(token)

    return middleware
