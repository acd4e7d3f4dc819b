"""The host of a request says whose it is, until its answer is made and no longer."""

import asyncio

from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.core.signals import request_finished
from django.db import InternalError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, TestCase, override_settings

from engine.tests.names import OTHER_TENANT, host_of
from manydb.tenants import catalog
from manydb.tenants.context import current_tenant, tenant_context
from manydb.tenants.middleware import tenant_from_request
from manydb.tenants.models import Tenant
from manydb.testing import aliases_used

TENANTS = ("testclient", OTHER_TENANT)


@override_settings(ROOT_URLCONF="engine.tests.tenant.urls")
class Hosts(TestCase):
    def seen_by(self, view: str, host: str) -> str:
        return self.client.get(view, headers={"host": host}).content.decode()

    def test_a_subdomain_is_a_tenant(self) -> None:
        for view in ("/plain/", "/plain-async/"):
            for tenant in TENANTS:
                with self.subTest(f"{tenant}{view}"):
                    self.assertEqual(self.seen_by(view, host_of(tenant)), reads_its_own(tenant))
                    self.assertIsNone(current_tenant())

    def test_the_request_says_whose_it_is(self) -> None:
        for host, tenant in ((host_of("testclient"), "testclient"), ("testserver", None)):
            request = RequestFactory().get("/", headers={"host": host})
            tenant_from_request(lambda request: HttpResponse())(request)
            self.assertEqual(request.tenant, tenant)  # type: ignore[attr-defined]

    def test_ports_and_capitals_make_no_difference(self) -> None:
        seen = self.seen_by("/plain/", "TestClient.testserver:8000")
        self.assertEqual(seen, reads_its_own("testclient"))

    def test_the_base_domain_is_nobodys(self) -> None:
        self.assertEqual(self.seen_by("/nobodys/", "testserver"), "None")
        with tenant_context("testclient"):  # what work before it has left in the thread
            self.assertEqual(self.seen_by("/nobodys/", "testserver"), "None")

    def test_a_request_that_a_view_makes_is_its_tenants_unless_its_host_names_another(self) -> None:
        for view in ("/asking/", "/asking-async/"):
            for asked, tenant in (
                ("testserver", "testclient"),
                (host_of(OTHER_TENANT), OTHER_TENANT),
            ):
                with self.subTest(view, asked=asked):
                    seen = self.seen_by(f"{view}?host={asked}", host_of("testclient"))
                    self.assertEqual(seen, tenant)
                    self.assertIsNone(current_tenant())
            self.assertEqual(self.seen_by(f"{view}?host=testserver", "testserver"), "None")

    def test_what_is_left_to_the_end_of_a_request_is_done_for_its_tenant(self) -> None:
        ended = []

        def at_the_end(**kwargs: object) -> None:
            ended.append(current_tenant())

        request_finished.connect(at_the_end)
        self.addCleanup(request_finished.disconnect, at_the_end)
        for view in ("/plain/", "/plain-async/", "/streamed/"):
            for tenant in TENANTS:
                b"".join(self.client.get(view, headers={"host": host_of(tenant)}))
                self.assertIsNone(current_tenant())
        self.client.get("/nobodys/", headers={"host": "testserver"})
        self.assertEqual(ended, [*TENANTS] * 3 + [None])

    def test_an_unknown_tenant_is_not_found_and_touches_no_tenants_database(self) -> None:
        for name in ("nobody", "default", "testclient-ro", "www.testclient"):
            with self.subTest(name), aliases_used() as aliases:
                response = self.client.get("/plain/", headers={"host": f"{name}.testserver"})
                self.assertEqual(response.status_code, 404)
                self.assertLessEqual(set(aliases), {"default"})

    def test_a_view_that_fails_leaves_no_tenant_behind(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            self.client.get("/failing/", headers={"host": host_of("testclient")})
        self.assertIsNone(current_tenant())


@override_settings(ROOT_URLCONF="engine.tests.tenant.urls")
class Interrupted(TestCase):
    """A command moves or replaces the database of a tenant while a request asks it."""

    def setUp(self) -> None:
        self.row = Tenant.objects.create(name="newcomer", database="its_own", state="ready")
        self.addCleanup(catalog.forget)

    def test_the_catalog_is_asked_again_before_a_request_fails(self) -> None:
        for change in ({"state": "restoring"}, {"state": "moving"}, {"database": "another"}):
            for view in ("/interrupted/", "/interrupted-async/"):
                Tenant.objects.filter(pk=self.row.pk).update(state="ready", database="its_own")
                catalog.forget()
                with self.subTest(view, change=change), self.assertLogs("manydb") as logs:
                    answer = self.client.get(view, change, headers={"host": host_of("newcomer")})
                    self.assertEqual((answer.status_code, answer["Retry-After"]), (503, "1"))
                    self.assertIn("in a read-only transaction", logs.output[0])
                state = self.client.get("/plain/", headers={"host": host_of("newcomer")})
                self.assertEqual(state.status_code, 503 if "state" in change else 200)

    def test_an_error_for_another_reason_is_raised_as_it_is(self) -> None:
        for host in (host_of("newcomer"), host_of("testclient")):
            self.client.get("/plain/", headers={"host": host})
            with self.subTest(host), self.assertRaisesMessage(InternalError, "read-only"):
                self.client.get("/interrupted/", headers={"host": host})


class Async(TestCase):
    async def test_requests_at_the_same_time_do_not_mix(self) -> None:
        async def view(request: HttpRequest) -> HttpResponse:
            await asyncio.sleep(0)
            return HttpResponse(current_tenant())

        respond = tenant_from_request(view)
        requests = [RequestFactory().get("/", headers={"host": host_of(t)}) for t in TENANTS]
        responses = await asyncio.gather(*[respond(request) for request in requests])
        self.assertEqual([response.content.decode() for response in responses], list(TENANTS))
        self.assertIsNone(current_tenant())

    @override_settings(ROOT_URLCONF="engine.tests.tenant.urls")
    async def test_under_asgi_sync_and_async_views_have_the_tenant(self) -> None:
        for view in ("/plain/", "/plain-async/"):
            with self.subTest(view):
                body = await body_of(view, host_of("testclient"))
                self.assertEqual(body, reads_its_own("testclient"))


def reads_its_own(tenant: str) -> str:
    """What the views say that see this tenant."""
    return f"{tenant} reads {tenant.upper()}_RO;"


async def body_of(path: str, host: str) -> str:
    """What a server gets from the project's ASGI application, all middleware included."""
    headers = [(b"host", host.encode())]
    scope = {"type": "http", "method": "GET", "path": path, "headers": headers}
    server = ApplicationCommunicator(get_asgi_application(), scope)
    await server.send_input({"type": "http.request"})
    body, more = b"", True
    while more:
        event = await server.receive_output(timeout=10)
        body += event.get("body", b"")
        more = event["type"] == "http.response.start" or event.get("more_body", False)
    await server.wait(timeout=10)
    return body.decode()
