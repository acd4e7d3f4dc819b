"""The start page of a new project, as a view and as the context of a template that extends it."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from manydb.legacy.overview import overview


def start(request: HttpRequest) -> HttpResponse:
    """The databases: on the base domain all of them, on a tenant's host its own and the shared ones."""
    return render(request, "manydb/start.html", start_context(request))


def start_context(request: HttpRequest) -> dict[str, Any]:
    """Returns the context of a template that extends ``manydb/start.html``: see ``overview`` for the databases.

    ``admin`` and ``manual`` are addresses, or None where the project has none; the manual is shown in
    development only. ``router`` is ``simple``, ``replica`` or ``tenant``.

    Raises:
        Http404: the host is under the base domain, but belongs to no tenant.
    """
    return {
        "project": getattr(settings, "PROJECT_NAME", "manydb"),
        "admin": _address("admin:index"),
        "manual": _address("manydb_manual") if settings.DEBUG else None,
        "router": _router(),
        **overview(request),
    }


def _router() -> str:
    kinds = (kind for kind in ("tenant", "replica") if apps.is_installed(f"manydb.{kind}s"))
    return next(kinds, "simple")


def _address(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None
