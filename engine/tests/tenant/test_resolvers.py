"""Whose request it is: by subdomain, host name, path, header or a function of one's own."""

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory, TestCase, override_settings
from django.test.utils import CaptureQueriesContext

from engine.tests.names import OTHER_TENANT, host_of
from manydb.tenants import catalog
from manydb.tenants.context import current_tenant
from manydb.tenants.middleware import tenant_from_request
from manydb.tenants.models import Hostname, Tenant
from manydb.testing import aliases_used

OURS = "manydb.tenants.resolvers"


def first_of_the_query(request: HttpRequest) -> str | None:
    return request.GET.get("tenant")


@override_settings(ROOT_URLCONF="engine.tests.tenant.urls")
class Resolvers(TestCase):
    def tenant_of(self, path: str = "/nobodys/", host: str = "testserver", **headers: str) -> str:
        response = self.client.get(path, headers={"host": host, **headers})
        served = response.status_code == 200
        return response.content.decode() if served else str(response.status_code)

    @override_settings(TENANT_RESOLVERS=[f"{OURS}.hostname", f"{OURS}.subdomain"])
    @override_settings(ALLOWED_HOSTS=["*"])
    def test_a_host_name_of_its_own_and_else_the_subdomain(self) -> None:
        shop = Tenant.objects.create(name=OTHER_TENANT, database="any", state="ready")
        Hostname.objects.create(tenant=shop, host="Shop.Example.com")
        for host, seen in {
            "shop.example.com:8000": OTHER_TENANT,
            host_of("testclient"): "testclient",
            "testserver": "None",
            "another.example.com": "400",
        }.items():
            with self.subTest(host):
                self.assertEqual(self.tenant_of(host=host), seen)

    @override_settings(TENANT_RESOLVERS=[f"{OURS}.path"], STATIC_URL="static/")
    def test_a_path_and_addresses_that_stay_below_it(self) -> None:
        for path, seen in {
            "/t/testclient/nobodys/": "testclient",
            "/t/testclient/address/": "/t/testclient/address/",
            "/t/testclient/static-address/": "/static/style.css",
            "/t/testclient/site-address/": "/t/testclient",
            "/t/testclient/file-address/": f"/t/testclient/media/{catalog.owner_of('testclient')}/1.txt",
            "/static-address/": "/static/style.css",
            "/t/nobody/nobodys/": "404",
            "/t/testclient": "404",
            "/t//nobodys/": "404",
            "/nobodys/t/testclient/nobodys/": "404",
            "/nobodys/": "None",
            "/address/": "/address/",
            "/site-address/": "/",
        }.items():
            with self.subTest(path):
                self.assertEqual(self.tenant_of(path), seen)

    @override_settings(TENANT_RESOLVERS=[f"{OURS}.trusted_header"])
    def test_a_header_is_believed_only_where_it_is_enabled(self) -> None:
        header = {"X-Tenant": "testclient"}
        self.assertEqual(self.tenant_of(**header), "None")
        with override_settings(TENANT_HEADER="X-Tenant"):
            self.assertEqual(self.tenant_of(**header), "testclient")
            self.assertEqual(self.tenant_of(), "None")

    @override_settings(TENANT_RESOLVERS=[f"{__name__}.first_of_the_query", f"{OURS}.subdomain"])
    def test_any_function_and_the_first_answer_counts(self) -> None:
        host = host_of(OTHER_TENANT)
        self.assertEqual(self.tenant_of("/nobodys/?tenant=testclient", host), "testclient")
        self.assertEqual(self.tenant_of("/nobodys/", host), OTHER_TENANT)


@override_settings(ROOT_URLCONF="engine.tests.tenant.urls")
class States(TestCase):
    def test_only_a_ready_tenant_is_served_and_no_other_touches_its_database(self) -> None:
        tenant = Tenant.objects.create(name="newcomer", database="newcomer")
        for state in Tenant.State.values:
            tenant.state = state
            tenant.save()
            for ask in (self.client.get, self.client.head, self.client.post):
                with self.subTest(state, method=ask.__name__), aliases_used() as aliases:
                    response = ask("/nobodys/", headers={"host": host_of("newcomer")})
                    expected = 200 if state == "ready" else 503
                    self.assertEqual(response.status_code, expected)
                    self.assertEqual("Retry-After" in response.headers, expected == 503)
                    self.assertLessEqual(set(aliases), {"default"})

    def test_when_to_come_back_and_that_nothing_keeps_the_answer(self) -> None:
        Tenant.objects.create(name="away", database="away", state="suspended")
        for seconds, after in ((30, "30"), (0, "1")):
            with self.subTest(seconds), override_settings(TENANT_CACHE_SECONDS=seconds):
                response = self.client.get("/nobodys/", headers={"host": host_of("away")})
                self.assertEqual(response.headers["Retry-After"], after)
                self.assertEqual(response.headers["Cache-Control"], "no-store")

    @override_settings(TENANT_RESOLVERS=[f"{OURS}.hostname", f"{OURS}.subdomain"])
    @override_settings(ALLOWED_HOSTS=["*"])
    def test_what_is_known_costs_no_query(self) -> None:
        Tenant.objects.create(name="newcomer", database="newcomer", state="ready")
        Tenant.objects.create(name="away", database="away", state="suspended")
        for host, status in {
            host_of("newcomer"): 200,
            host_of("away"): 503,
            host_of("nobody"): 404,
            "stranger.example.com": 400,
        }.items():
            self.client.get("/nobodys/", headers={"host": host})
            with self.subTest(host), CaptureQueriesContext(connection) as queries:
                response = self.client.get("/nobodys/", headers={"host": host})
                self.assertEqual((response.status_code, len(queries)), (status, 0))

    async def test_async_requests_ask_the_catalog_too(self) -> None:
        async def view(request: HttpRequest) -> HttpResponse:
            return HttpResponse(current_tenant())

        await Tenant.objects.acreate(name="newcomer", database="newcomer", state="ready")
        respond = tenant_from_request(view)
        response = await respond(RequestFactory().get("/", headers={"host": host_of("newcomer")}))
        self.assertEqual(response.content.decode(), "newcomer")
        await Tenant.objects.acreate(name="away", database="away", state="suspended")
        response = await respond(RequestFactory().post("/", headers={"host": host_of("away")}))
        self.assertEqual(response.status_code, 503)
        with self.assertRaises(Http404):
            await respond(RequestFactory().get("/", headers={"host": host_of("nobody")}))
        await sync_to_async(self.suspend_elsewhere)()
        with override_settings(TENANT_CACHE_SECONDS=0):
            response = await respond(
                RequestFactory().get("/", headers={"host": host_of("newcomer")})
            )
        self.assertEqual(response.status_code, 503)

    def suspend_elsewhere(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE manydb_tenants_tenant SET state = 'suspended'")
