"""The admin, a start page and, with tenants, their media files."""

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(settings.PROJECT_NAME)


urlpatterns = [path("", home, name="home"), path("admin/", admin.site.urls)]

if "manydb.tenants" in settings.INSTALLED_APPS:
    from manydb.tenants.storage import media

    urlpatterns.append(path("media/<slug:tenant>/<path:name>", media, name="media"))
