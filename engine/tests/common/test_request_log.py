"""One line for each request, in text or JSON, with the id of the request in all lines that belong to it."""

import asyncio
import json
import logging
from typing import Any
from unittest import mock

from django.contrib.auth.models import Group
from django.db import connections
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import (
    AsyncClient,
    Client,
    RequestFactory,
    SimpleTestCase,
    TestCase,
    modify_settings,
    override_settings,
)
from django.urls import path

from manydb.core import log_checks, query_counts
from manydb.core.log_lines import Lines
from manydb.core.request_log import log_requests, request_id
from manydb.exceptions import ReadOnlyDatabase

LOG = "manydb.core.request_log.log_requests"


def plain(request: HttpRequest) -> HttpResponse:
    logging.getLogger("shop").warning("inside")
    return HttpResponse(request_id.get())


async def plain_async(request: HttpRequest) -> HttpResponse:
    return plain(request)


def asking(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        str(len(Group.objects.using("default")) + len(Group.objects.using("default")))
    )


def refused(request: HttpRequest) -> HttpResponse:
    raise ReadOnlyDatabase("default_RO is a read-only replica.")


urlpatterns = [
    path("plain/", plain),
    path("plain-async/", plain_async),
    path("asking/", asking),
    path("refused/", refused),
    path("streamed/", lambda request: StreamingHttpResponse(["a", "b"])),
    path("<path:any>", plain),
]


def stop_counting() -> None:
    """Takes back what lasts as long as a process that has the setting."""
    connection_created.disconnect(dispatch_uid=f"{query_counts.__name__}.watch")
    for connection in connections.all(initialized_only=True):
        if query_counts._count in connection.execute_wrappers:
            connection.execute_wrappers.remove(query_counts._count)


@override_settings(ROOT_URLCONF=__name__)
@modify_settings(MIDDLEWARE={"prepend": LOG})
class RequestLog(TestCase):
    def line(self, address: str, **given: Any) -> dict[str, Any]:
        """The fields of the one line that a request leaves."""
        with (
            self.assertLogs("manydb.request", "INFO") as logs,
            mock.patch("django.utils.log.log_response"),
        ):
            self.response = Client(raise_request_exception=False).get(address, **given)
        (record,) = logs.records
        self.message = record.getMessage()
        return record.fields  # type: ignore[attr-defined, no-any-return]

    def test_what_it_says(self) -> None:
        line = self.line("/plain/?token=secret", headers={"X-Request-ID": "from-the-gateway-1"})
        self.assertGreaterEqual(line.pop("duration_ms"), 0)
        expected = {
            "method": "GET",
            "host": "testserver",
            "path": "/plain/",
            "status": 200,
            "tenant": None,
            "request_id": "from-the-gateway-1",
        }
        self.assertEqual((line, self.message), (expected, "GET /plain/ 200"))

    def test_an_id_that_a_gateway_would_not_give_is_replaced(self) -> None:
        for given in ("", "a b", "x" * 65, "a\tb", "ä", "a_b", 'a"b', "-" * 64, "A1-b"):
            with self.subTest(given):
                made = self.line("/plain/", headers={"X-Request-ID": given})["request_id"]
                valid = given in ("-" * 64, "A1-b")
                self.assertEqual(made == given, valid)
                self.assertRegex(made, "^[A-Za-z0-9-]{1,64}$")
                self.assertEqual(self.response["X-Request-ID"], made)
                self.assertEqual(self.response.content.decode(), made)
        self.assertIsNone(request_id.get())

    def test_the_gateways_header_is_a_setting(self) -> None:
        headers = {"X-Request-ID": "one", "Trace": "two"}
        for header, found in (("Trace", "two"), ("X-Request-ID", "one"), (None, None)):
            with override_settings(REQUEST_ID_HEADER=header):
                made = self.line("/plain/", headers=headers)["request_id"]
                self.assertEqual(made if found else made in headers.values(), found or False)

    def test_requests_that_other_middleware_ends_have_one(self) -> None:
        with override_settings(SECURE_SSL_REDIRECT=True):
            self.assertEqual(self.line("/plain/")["status"], 301)
        self.assertEqual(self.line("/refused/", headers={"host": "elsewhere"})["status"], 400)
        self.assertEqual(self.line("/streamed/")["status"], 200)

    def test_a_refusal_is_named(self) -> None:
        with self.assertLogs("manydb.core.unavailable") as logs:
            line = self.line("/refused/")
        self.assertEqual((line["status"], line["refusal"]), (500, "ReadOnlyDatabase"))
        self.assertIn("Refused with ReadOnlyDatabase: default_RO is", logs.output[0])

    def test_queries_are_counted_by_alias_if_a_setting_says_so(self) -> None:
        self.addCleanup(stop_counting)
        self.assertNotIn("queries", self.line("/asking/"))
        with override_settings(LOG_QUERIES=True):
            self.assertEqual(self.line("/asking/")["queries"], {"default": 2})
            self.assertEqual(self.line("/plain/")["queries"], {})

    async def test_in_asgi(self) -> None:
        for address in ("/plain/", "/plain-async/"):
            with self.assertLogs("manydb.request", "INFO") as logs:
                response = await AsyncClient().get(address, headers={"X-Request-ID": "async"})
            self.assertEqual((response.content, response["X-Request-ID"]), (b"async", "async"))
            self.assertEqual(len(logs.records), 1)

    async def test_a_client_that_leaves_is_noted(self) -> None:
        async def never(request: HttpRequest) -> HttpResponse:
            begun.set()
            return await asyncio.Future()

        begun = asyncio.Event()
        task = asyncio.ensure_future(log_requests(never)(RequestFactory().get("/")))  # type: ignore[arg-type]
        await begun.wait()
        with self.assertLogs("manydb.request", "INFO") as logs:
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
        self.assertEqual(logs.records[0].fields["status"], 499)  # type: ignore[attr-defined]

    def test_it_costs_nothing_where_nobody_reads_it(self) -> None:
        logger = logging.getLogger("manydb.request")
        with (
            mock.patch.object(logger, "info") as info,
            mock.patch.object(logger, "level", logging.ERROR),
        ):
            logger.manager._clear_cache()  # type: ignore[attr-defined]
            Client().get("/plain/")
        logger.manager._clear_cache()  # type: ignore[attr-defined]
        info.assert_not_called()


@override_settings(ROOT_URLCONF=__name__)
@modify_settings(MIDDLEWARE={"prepend": LOG})
class Formats(SimpleTestCase):
    def setUp(self) -> None:
        self.lines: list[str] = []
        handler = logging.Handler()
        handler.setFormatter(Lines())
        handler.emit = lambda record: self.lines.append(handler.format(record))  # type: ignore[method-assign]
        for name in ("manydb.request", "shop"):
            logger = logging.getLogger(name)
            logger.addHandler(handler)
            self.addCleanup(logger.removeHandler, handler)
            before, logger.level = logger.level, logging.INFO
            self.addCleanup(setattr, logger, "level", before)
        self.addCleanup(logging.getLogger().manager._clear_cache)  # type: ignore[attr-defined]
        logging.getLogger().manager._clear_cache()  # type: ignore[attr-defined]

    def test_text_has_one_line_whatever_the_client_sends(self) -> None:
        Client().get(
            "/a%0AERROR shop: forged%1B[31m", headers={"host": 'x"\nERROR', "X-Request-ID": "id-1"}
        )
        line = self.lines[-1]
        self.assertNotIn("\n", line)
        self.assertNotIn("\x1b", line)
        self.assertRegex(
            line, r"INFO manydb\.request: GET /a%0AERROR%20shop:%20forged%1B%5B31m \d+ host="
        )
        self.assertIn("request_id=id-1", line)
        self.assertIn("duration_ms=", line)

    def test_lines_inside_of_a_request_have_its_id(self) -> None:
        Client().get("/plain/", headers={"X-Request-ID": "id-2"})
        self.assertRegex(self.lines[0], r"WARNING shop: inside request_id=id-2$")
        logging.getLogger("shop").warning("outside")
        self.assertRegex(self.lines[-1], r"WARNING shop: outside$")

    @override_settings(LOG_FORMAT="json")
    def test_json_is_one_object_a_line(self) -> None:
        Client().get("/plain/", headers={"X-Request-ID": "id-3"})
        try:
            raise ValueError("first\nsecond")
        except ValueError:
            logging.getLogger("shop").exception("it failed")
        inside, line, failed = map(json.loads, self.lines)
        self.assertEqual((inside["message"], inside["request_id"]), ("inside", "id-3"))
        self.assertEqual((line["status"], line["path"], line["level"]), (200, "/plain/", "INFO"))
        self.assertIn("first\nsecond", failed["exception"])
        self.assertTrue(failed["time"].endswith("+00:00"))

    def test_an_exception_follows_its_line_in_text(self) -> None:
        try:
            raise ValueError("first")
        except ValueError:
            logging.getLogger("shop").exception("it failed")
        self.assertRegex(
            self.lines[0], r"(?s)ERROR shop: it failed\nTraceback .*ValueError: first$"
        )

    def test_an_unknown_format_is_found(self) -> None:
        self.assertEqual(log_checks.check_format(None), [])
        with override_settings(LOG_FORMAT="xml"):
            (message,) = log_checks.check_format(None)
        self.assertIn("'xml'", message.msg)
