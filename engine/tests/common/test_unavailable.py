"""A database that can't serve a request now is 503 with Retry-After, wherever the request meets it."""

from collections.abc import Callable
from unittest import mock

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.db import InterfaceError, OperationalError, connection
from django.db.transaction import TransactionManagementError
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.response import SimpleTemplateResponse
from django.test import AsyncClient, Client, SimpleTestCase, TestCase, override_settings
from django.urls import path

from manydb.core import unavailable
from manydb.core.failures import is_not_now
from manydb.exceptions import (
    NoFreeConnection,
    ReplicaUnavailable,
    TenantUnavailable,
    Unavailable,
    WrongTenant,
)

# A statement that its session lets run for less long than it takes.
SLOW = {
    "postgresql": ("SET statement_timeout = 20", "SELECT pg_sleep(9)"),
    "mysql": ("SET SESSION max_statement_time = 0.02", "SELECT SLEEP(9)"),
}
# What a server, a pooler or a driver says of a deadline, and of having no place; and what is none of these.
NOT_NOW = {
    "57014": "canceling statement due to statement timeout",
    "55P03": "canceling statement due to lock timeout",
    "53300": "sorry, too many clients already",
    1969: "Query execution was interrupted (max_statement_time exceeded)",
    3024: "Query execution was interrupted, maximum statement execution time exceeded",
    1205: "Lock wait timeout exceeded; try restarting transaction",
    2013: "Lost connection to server during query",
    1040: "Too many connections",
    2003: "Can't connect to server on 'db' (110)",
    None: "no answer for 20 s",
    "": "connection timeout expired",
}
OTHERS = {
    "42P01": "relation does not exist",
    "23505": "duplicate key",
    "28P01": "password authentication failed",
    1045: "Access denied",
    1146: "Table doesn't exist",
    2003: "Can't connect to server on 'db' (111)",
    None: "connection failed: Connection refused",
}

ERRORS = {each.__name__: each for each in (NoFreeConnection, ReplicaUnavailable, TenantUnavailable)}


def error_of(code: object, text: str) -> Exception:
    """Django's error, with that of the driver as its cause."""
    if isinstance(code, int):
        return OperationalError(code, text)
    driver: Exception = type("DriverError", (Exception,), {"sqlstate": code or None})(text)
    error = OperationalError(text)
    error.__cause__ = driver
    return error


def be_slow() -> None:
    """Runs into the deadline of its statement."""
    if connection.vendor not in SLOW:
        raise error_of("57014", NOT_NOW["57014"])
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            for statement in SLOW[connection.vendor]:
                cursor.execute(statement)
    finally:
        own.close()


def fail(request: HttpRequest) -> HttpResponse:
    if request.GET["error"] == "slow":
        be_slow()
    raise ERRORS.get(request.GET["error"], WrongTenant)("all are in use")


async def fail_async(request: HttpRequest) -> HttpResponse:
    return await sync_to_async(fail)(request)


def fail_later(request: HttpRequest) -> HttpResponse:
    """While its template is rendered."""
    template = engines["django"].from_string("{{ ask }}")
    return SimpleTemplateResponse(template, {"ask": lambda: fail(request)})


def fine(request: HttpRequest) -> HttpResponse:
    return HttpResponse("fine")


urlpatterns = [
    path("view/", fail),
    path("async-view/", fail_async),
    path("template/", fail_later),
    path("fine/", fine),
]


class Failing:
    """A middleware that asks a database, as that of sessions does."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return fail(request)


class FailingInAThread(Failing):
    """One that is only sync, which Django calls in a thread."""

    async_capable = False


FAILING, BEHIND_A_THREAD = f"{__name__}.Failing", f"{__name__}.FailingInAThread"
OUTER = "django.middleware.common.CommonMiddleware"


@override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[OUTER])
class Pages(SimpleTestCase):
    def check(self, response: HttpResponse) -> None:
        self.assertEqual(response.status_code, 503)
        self.assertEqual(response["Retry-After"], "1")
        self.assertEqual(response["Cache-Control"], "no-store")
        self.assertNotIn(b"all are in use", response.content)  # which is for the log

    def test_in_a_view_a_template_and_a_middleware(self) -> None:
        for error in ERRORS:
            for address in ("view", "async-view", "template"):
                with self.subTest(address, error=error), self.assertLogs("manydb") as logs:
                    self.check(Client().get(f"/{address}/", {"error": error}))
                    self.assertIn("all are in use", logs.output[0])
            with (
                self.subTest("a middleware", error=error),
                override_settings(MIDDLEWARE=[OUTER, FAILING]),
                self.assertLogs("manydb"),
            ):
                self.check(Client().get("/fine/", {"error": error}))

    async def test_in_asgi(self) -> None:
        for error in ERRORS:
            for address in ("view", "async-view", "template"):
                with self.subTest(address, error=error), self.assertLogs("manydb"):
                    self.check(await AsyncClient().get(f"/{address}/", {"error": error}))
            with (
                self.subTest("a middleware", error=error),
                override_settings(MIDDLEWARE=[OUTER, FAILING]),
                self.assertLogs("manydb"),
            ):
                self.check(await AsyncClient().get("/fine/", {"error": error}))

    def test_other_errors_are_djangos(self) -> None:
        with self.assertLogs("django.request"):
            response = Client(raise_request_exception=False).get("/view/", {"error": "another"})
        self.assertEqual(response.status_code, 500)
        with self.assertRaises(WrongTenant):
            Client().get("/view/", {"error": "another"})

    def test_they_are_one_family(self) -> None:
        for error in ERRORS.values():
            self.assertTrue(issubclass(error, Unavailable))


@override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[OUTER])
class DeadlinesOfRequests(TestCase):
    """A request whose deadline passes is told to come back, and the log has the code that asked."""

    def check(self, response: HttpResponse, logs: list[str]) -> None:
        self.assertEqual((response.status_code, response["Retry-After"]), (503, "5"))
        self.assertEqual(response["Cache-Control"], "no-store")
        self.assertNotIn(b"timeout", response.content)
        self.assertIn("be_slow", logs[0])

    def test_in_a_view_a_template_and_a_middleware(self) -> None:
        for address in ("view", "async-view", "template"):
            with self.subTest(address), self.assertLogs("manydb") as logs:
                self.check(Client().get(f"/{address}/", {"error": "slow"}), logs.output)
        with override_settings(MIDDLEWARE=[OUTER, FAILING]), self.assertLogs("manydb") as logs:
            self.check(Client().get("/fine/", {"error": "slow"}), logs.output)

    async def test_in_asgi(self) -> None:
        for address in ("view", "async-view", "template"):
            with self.subTest(address), self.assertLogs("manydb") as logs:
                answer = await AsyncClient().get(f"/{address}/", {"error": "slow"})
                self.check(answer, logs.output)
        with (
            override_settings(MIDDLEWARE=[OUTER, BEHIND_A_THREAD]),
            self.assertLogs("manydb") as logs,
        ):
            self.check(await AsyncClient().get("/fine/", {"error": "slow"}), logs.output)

    def test_by_the_codes_of_each_server(self) -> None:
        for codes, expected in ((NOT_NOW, True), (OTHERS, False)):
            for code, text in codes.items():
                with self.subTest(code, text=text):
                    self.assertIs(is_not_now(error_of(code, text)), expected)

    def test_also_when_code_went_on_in_the_transaction_that_it_broke(self) -> None:
        broken = TransactionManagementError("An error occurred in the current transaction.")
        broken.__cause__ = error_of("57014", "timeout")
        self.assertTrue(is_not_now(broken))
        broken.__cause__ = InterfaceError("closed")
        self.assertFalse(is_not_now(broken))
        self.assertFalse(is_not_now(ValueError("no answer for 20 s")))


class Explanations(SimpleTestCase):
    def test_only_an_error_of_a_database_is_explained(self) -> None:
        moved = TenantUnavailable("It is being moved.")
        with mock.patch.object(unavailable, "_explanations", [lambda: moved]):
            self.assertIsNone(unavailable.answer(HttpRequest(), ValueError("a mistake")))
            with self.assertLogs("manydb.core.unavailable", "ERROR"):
                given = unavailable.answer(HttpRequest(), InterfaceError("it is gone"))
        self.assertEqual(given and given.status_code, 503)
