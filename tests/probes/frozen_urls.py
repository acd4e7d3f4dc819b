"""A page that asks no database, and one that asks the primary of its tenant."""

import os

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


def rows(request: HttpRequest) -> HttpResponse:
    tenant = request.tenant.upper()  # type: ignore[attr-defined]
    model = apps.get_model("conferences.Registration")
    return HttpResponse(str(model._default_manager.using(tenant).count()))


urlpatterns = [
    path("plain/", plain),
    path("rows/", rows),
    path("", include(f"{os.environ['LIVE_PROJECT']}.urls")),
]
