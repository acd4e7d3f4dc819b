"""How many files of the engine a reader meets who follows one request: warm, one tenant, one query.

``scripts/trace`` prints them in the order in which they are met, with the calls of each.
"""

import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, TransactionTestCase, override_settings
from django.urls import path

import manydb
from engine.site.notes.models import Folder, Note
from manydb.tenants import tenant_context

from ..names import host_of

ENGINE = Path(manydb.__file__).parent
# On a server a connection comes from the idle ones and goes back, and counts while it waits: three files more.
MOST_FILES = 15 if connection.vendor == "sqlite" else 18
ONLY_TESTS = {
    "core/query_counts.py",  # which LOG_QUERIES of another test has turned on
    "patches/mirrored_connections.py",
    "tenants/transaction_warnings.py",
}


def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join(note.text for note in Note.objects.all()[:3]))


urlpatterns = [path("notes/", view)]


class Trace:
    """Counts calls of the engine's functions while it is entered. What only tests use is left out."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, str]] = Counter()
        self.files: dict[str, int] = {}

    def __enter__(self) -> "Trace":
        sys.setprofile(self.note)
        return self

    def __exit__(self, *exception: object) -> None:
        sys.setprofile(None)

    def note(self, frame: FrameType, event: str, arg: Any) -> None:
        place = Path(frame.f_code.co_filename)
        if event == "call" and place.is_relative_to(ENGINE):
            file = place.relative_to(ENGINE).as_posix()
            if file not in ONLY_TESTS and not file.startswith("testing/"):
                self.files[file] = self.files.get(file, 0) + 1
                self.calls[file, frame.f_code.co_qualname] += 1

    def __str__(self) -> str:
        lines = [f"{len(self.files)} files, {sum(self.files.values())} calls"]
        for file, count in self.files.items():
            names = ", ".join(f"{name} {n}" for (of, name), n in self.calls.items() if of == file)
            lines.append(f"{count:4} {file}: {names}")
        return "\n".join(lines)


@override_settings(ROOT_URLCONF=__name__)
class PathOfARequest(TransactionTestCase):
    databases = {"default", "TESTCLIENT"}

    def setUp(self) -> None:
        self.handler = WSGIHandler()
        # Warm is a connection that is open from an earlier request.
        self.enterContext(patch.dict(connections.settings["TESTCLIENT"], CONN_MAX_AGE=60))
        self.addCleanup(connections.close_all)

    def get(self) -> None:
        """As a server does, with the signals that close old connections, which Django's test client leaves out."""
        environ = RequestFactory(headers={"host": host_of("testclient")}).get("/notes/").environ
        response = self.handler(environ, lambda status, headers: self.assertIn("200", status))
        b"".join(response)
        response.close()  # type: ignore[attr-defined]

    def test_it_is_short_enough_to_follow(self) -> None:
        for _ in range(2):
            self.get()
        with Trace() as trace:
            self.get()
        print(trace)
        self.assertLessEqual(len(trace.files), MOST_FILES, str(trace))


class OwnRows(TransactionTestCase):
    databases = {"default", "TESTCLIENT"}

    def test_rows_of_the_active_tenant_are_known_to_be_its_own_at_a_glance(self) -> None:
        """Saved, related or filled by a prefetch: nobody looks up whose they are, one by one."""
        with tenant_context("testclient"):
            for number in range(3):
                folder = Folder.objects.create(name=f"folder {number}")
                Note.objects.create(text="any", folder=folder)
            with Trace() as trace:
                for folder in Folder.objects.prefetch_related("notes"):
                    for note in folder.notes.all():
                        note.text = "another"
                        note.save()
                Note.objects.create(text="new")
        found = {name: n for (_, name), n in trace.calls.items() if name in ("tenant_of", "facts")}
        self.assertNotIn("tenant_of", found, str(trace))
