"""Addresses that a package makes of rows, as a CMS does of its pages."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, clear_url_caches, include, path
from django.urls.resolvers import RegexPattern

from engine.site.magazine.models import Section


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.path)


class Pages(URLResolver):
    @cached_property
    def url_patterns(self) -> list[URLPattern]:  # type: ignore[override]
        return [path(f"{each.name}/", page, name="page") for each in Section.objects.all()]

    @property
    def urlconf_module(self) -> Any:  # type: ignore[override]
        return self.url_patterns


def made() -> list[Any]:
    return [
        Pages(RegexPattern(r""), "pages"),
        Pages(RegexPattern(r"^own/"), "pages", app_name="own", namespace="own"),
        path("inner/", include(([Pages(RegexPattern(r""), "pages")], "inner"))),
        path("plain/", page, name="plain"),
    ]


urlpatterns = made()


def forget() -> None:
    """As a CMS does after its pages have changed."""
    urlpatterns[:] = made()
    clear_url_caches()
