"""A streamed body is made after the view and the middleware have returned: every chunk has the tenant."""

from django.http import HttpRequest, StreamingHttpResponse
from django.test import RequestFactory, TestCase, override_settings
from django.test.utils import ignore_warnings

from engine.tests.names import OTHER_TENANT, host_of
from manydb.replicas.middleware import ReadYourWrites
from manydb.tenants.context import current_tenant, tenant_context
from manydb.tenants.middleware import tenant_from_request

from .test_middleware import body_of, reads_its_own
from .urls import streamed, streamed_async

OURS = reads_its_own("testclient")
THEIRS = reads_its_own(OTHER_TENANT)


def request_of(tenant: str) -> HttpRequest:
    return RequestFactory().get("/", headers={"host": host_of(tenant)})


class Streams(TestCase):
    def stream(self, tenant: str) -> StreamingHttpResponse:
        return ReadYourWrites(tenant_from_request(streamed))(request_of(tenant))

    def test_every_chunk_has_the_tenant(self) -> None:
        self.assertEqual(self.stream("testclient").getvalue().decode(), OURS * 3)
        self.assertIsNone(current_tenant())

    def test_two_streams_that_take_turns_do_not_mix(self) -> None:
        ours, theirs = self.stream("testclient"), self.stream(OTHER_TENANT)
        for our_chunk, their_chunk in zip(ours, theirs, strict=True):
            self.assertEqual((our_chunk.decode(), their_chunk.decode()), (OURS, THEIRS))
            self.assertIsNone(current_tenant())

    def test_the_tenant_of_whoever_reads_it_stays_active(self) -> None:
        with tenant_context(OTHER_TENANT):
            self.assertEqual(next(iter(self.stream("testclient"))).decode(), OURS)
            self.assertEqual(current_tenant(), OTHER_TENANT)

    @override_settings(ROOT_URLCONF="engine.tests.tenant.urls")
    @ignore_warnings(message="StreamingHttpResponse must consume asynchronous iterators")
    def test_under_wsgi_sync_and_async_streams_are_whole(self) -> None:
        for view in ("/streamed/", "/streamed-async/"):
            with self.subTest(view):
                response = self.client.get(view, headers={"host": host_of("testclient")})
                self.assertEqual(b"".join(response).decode(), OURS * 3)
                self.assertIsNone(current_tenant())


class AsyncStreams(TestCase):
    async def stream(self, tenant: str) -> StreamingHttpResponse:
        return await ReadYourWrites(tenant_from_request(streamed_async))(request_of(tenant))

    async def test_every_chunk_has_the_tenant(self) -> None:
        chunks = [chunk.decode() async for chunk in await self.stream("testclient")]
        self.assertEqual(chunks, [OURS] * 3)
        self.assertIsNone(current_tenant())

    async def test_two_streams_that_take_turns_do_not_mix(self) -> None:
        ours = aiter(await self.stream("testclient"))
        theirs = aiter(await self.stream(OTHER_TENANT))
        for _ in range(3):
            chunks = (await anext(ours)).decode(), (await anext(theirs)).decode()
            self.assertEqual(chunks, (OURS, THEIRS))
            self.assertIsNone(current_tenant())

    @override_settings(ROOT_URLCONF="engine.tests.tenant.urls")
    @ignore_warnings(message="StreamingHttpResponse must consume synchronous iterators")
    async def test_under_asgi_sync_and_async_streams_are_whole(self) -> None:
        for view in ("/streamed/", "/streamed-async/"):
            with self.subTest(view):
                self.assertEqual(await body_of(view, host_of("testclient")), OURS * 3)
