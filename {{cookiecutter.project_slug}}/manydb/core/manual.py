"""The manual in the browser, in development: ``path("manual/", include("manydb.core.manual"))``.

The pages are the Markdown files of ``manydb/docs``. They are shown as HTML where the package ``markdown`` is
installed, and as they are elsewhere.
"""

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.safestring import mark_safe

DOCS = Path(__file__).parents[1] / "docs"


def page(request: HttpRequest, name: str) -> HttpResponse:
    """One page, by its path below ``manydb/docs``; in production there is none.

    Raises:
        Http404: it is no page of the manual, or ``DEBUG`` is off.
    """
    pages = {file.relative_to(DOCS).as_posix(): file for file in DOCS.rglob("*.md")}
    if not settings.DEBUG or name not in pages:
        raise Http404(f"The manual has no page {name}.")
    text = pages[name].read_text(encoding="utf-8")
    try:
        import markdown
    except ImportError:
        return HttpResponse(text, content_type="text/plain; charset=utf-8")
    html = markdown.markdown(text, extensions=["fenced_code", "sane_lists", "tables", "toc"])
    # The engine's own files, in which no visitor has written.
    shown = {"project": "The manual", "manual": mark_safe(html)}  # noqa: S308
    return render(request, "manydb/manual.html", shown)


def first_page(request: HttpRequest) -> HttpResponse:
    """Leads from ``manual/`` to its index, so that relative links lead somewhere."""
    return redirect("manydb_manual_page", "README.md")


urlpatterns = [
    path("", first_page, name="manydb_manual"),
    path("<path:name>", page, name="manydb_manual_page"),
]
