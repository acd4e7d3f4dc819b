"""Sentry's events and OpenTelemetry's spans say whose request they are of, and hold no password."""

import asyncio
from typing import Any

import sentry_sdk
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.test import AsyncClient, Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from opentelemetry import trace
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from manydb.core.middleware_order import check_order
from manydb.testing import aliases_used

from ..case import SITES, PackageTransactionCase, tenants_only
from ..notes.models import Note
from .settings import module_of_the_page

# As wsgi.py does, with the settings read.
module_of_the_page("tracing").begin(SimpleSpanProcessor(settings.SPANS))
tracer = trace.get_tracer(__name__)


class AsyncVisitor(AsyncClient):
    """Names one host: Django's own sends "testserver" as well."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self.host = host.encode()

    async def request(self, **request: Any) -> Any:
        return await super().request(**request | {"headers": [(b"host", self.host)]})


class Traces(PackageTransactionCase):
    def setUp(self) -> None:
        settings.SPANS.clear()
        settings.SENT.clear()

    def spans(self) -> list[Any]:
        return list(settings.SPANS.get_finished_spans())

    def events(self, kind: str) -> list[dict[str, Any]]:
        sentry_sdk.flush()
        found = [getattr(envelope, f"get_{kind}")() for envelope in settings.SENT]
        return [event for event in found if event]

    def test_a_requests_span_has_the_tenant(self) -> None:
        for site in SITES:
            for ask in (
                lambda site=site: self.client_of(site).get("/notes/"),
                lambda site=site: asyncio.run(AsyncVisitor(site.host).get("/notes-async/")),
            ):
                settings.SPANS.clear()
                self.ok(ask())
                (span,) = [each for each in self.spans() if each.parent is None]
                self.assertEqual(span.attributes["tenant"], site.name or "none")

    @tenants_only
    def test_a_refused_request_and_other_spans_have_it_too(self) -> None:
        self.ok(Client(headers={"host": "unknown.testserver"}).get("/notes/"), 404)
        (span,) = self.spans()
        self.assertEqual(span.attributes["tenant"], "unknown")
        settings.SPANS.clear()
        with SITES[0].active(), tracer.start_as_current_span("a task"):
            pass
        (span,) = self.spans()
        self.assertEqual(span.attributes["tenant"], SITES[0].name)

    def test_probes_have_no_span_and_the_order_of_middleware_is_kept(self) -> None:
        self.ok(Client().get("/livez"))
        self.assertEqual(self.spans(), [])
        self.assertEqual(check_order(None), [])

    def test_statements_have_no_comments(self) -> None:
        for site in SITES:
            with (
                self.settings(DEBUG=True),
                site.active(),
                CaptureQueriesContext(connections[site.replica]) as queries,
            ):
                self.ok(self.client_of(site).get("/notes/"))
            self.assertTrue(queries.captured_queries)
            for query in queries.captured_queries:
                self.assertNotIn("/*", query["sql"])
                self.assertNotIn("traceparent", query["sql"])

    def test_an_error_has_the_tenant_and_no_password(self) -> None:
        for site in SITES:
            settings.SENT.clear()
            self.ok(self.client_of(site, raise_request_exception=False).get("/failing/"), 500)
            (event,) = self.events("event")
            self.assertEqual(event["tags"]["tenant"], site.name or "none")
            self.assertNotIn("the-password", str(event))

    def test_an_error_outside_of_requests_has_it_too(self) -> None:
        for site in SITES:
            settings.SENT.clear()
            with site.active():
                sentry_sdk.capture_message("of a task")
            (event,) = self.events("event")
            self.assertEqual(event["tags"]["tenant"], site.name or "none")

    @tenants_only
    def test_a_transaction_has_the_tenant(self) -> None:
        handler = WSGIHandler()  # which Sentry has patched: the test client goes around it
        for site in SITES:
            settings.SENT.clear()
            environ = RequestFactory(headers={"host": site.host})._base_environ(
                PATH_INFO="/notes/", HTTP_HOST=site.host
            )
            with aliases_used():
                answer = handler(environ, lambda *args: None)
                b"".join(answer)
                answer.close()
            (event,) = self.events("transaction_event")
            self.assertEqual(event["tags"]["tenant"], site.name or "none")
            self.assertEqual(event["transaction"], "/notes/")
            with site.active():
                self.assertEqual(Note.objects.count(), 0)
