"""A database that can't serve a request now is 503 with Retry-After, wherever the request meets it."""

from collections.abc import Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.response import SimpleTemplateResponse
from django.test import AsyncClient, Client, SimpleTestCase, override_settings
from django.urls import path

from manydb.exceptions import (
    NoFreeConnection,
    ReplicaUnavailable,
    TenantUnavailable,
    Unavailable,
    WrongTenant,
)

ERRORS = {each.__name__: each for each in (NoFreeConnection, ReplicaUnavailable, TenantUnavailable)}


def fail(request: HttpRequest) -> HttpResponse:
    raise ERRORS.get(request.GET["error"], WrongTenant)("all are in use")


async def fail_async(request: HttpRequest) -> HttpResponse:
    return fail(request)


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


FAILING = f"{__name__}.Failing"
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
