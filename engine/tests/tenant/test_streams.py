"""A streamed body is made after the view and the middleware have returned: every chunk has the tenant."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse
from django.test import RequestFactory, SimpleTestCase, TestCase, override_settings
from django.test.utils import ignore_warnings

from engine.tests.names import OTHER_TENANT, host_of
from manydb.core import scopes
from manydb.core.scopes import in_async_steps, in_steps
from manydb.exceptions import UnknownDatabase
from manydb.replicas.middleware import ReadYourWrites
from manydb.tenants import catalog
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


class TenantWhoGoes(SimpleTestCase):
    """One who is there when it is entered for the first and the second time."""

    def setUp(self) -> None:
        self.entered: list[str] = []

    @contextmanager
    def enter(self) -> Iterator[None]:
        if len(self.entered) == 2:
            raise UnknownDatabase("The tenant is gone.")
        self.entered.append("entered")
        yield


class Steps(TenantWhoGoes):
    """What a stream enters is entered once, and looked for again while it goes on."""

    def test_it_is_entered_once_for_all_that_comes_within_a_second(self) -> None:
        self.assertEqual(list(in_steps(iter("abcdef"), self.enter)), list("abcdef"))
        self.assertEqual(len(self.entered), 1)

    def test_a_tenant_that_is_gone_ends_the_stream(self) -> None:
        steps = in_steps(iter("abcdef"), self.enter)
        with patch.object(scopes, "LOOK_AGAIN", -1.0):
            self.assertEqual([next(steps), next(steps)], ["a", "b"])
            with self.assertRaises(UnknownDatabase):
                next(steps)

    def test_what_a_stream_enters_itself_is_its_own_until_its_next_chunk(self) -> None:
        def chunks() -> Iterator[str | None]:
            with tenant_context(OTHER_TENANT):
                yield current_tenant()
                yield current_tenant()
            yield current_tenant()

        steps = in_steps(chunks(), lambda: tenant_context("testclient"))
        seen = [(chunk, current_tenant()) for chunk in steps]
        self.assertEqual(seen, [(OTHER_TENANT, None), (OTHER_TENANT, None), ("testclient", None)])


class AsyncSteps(TenantWhoGoes):
    """The same of an async stream, whose steps wait, and whose task may end meanwhile."""

    async def letters(self) -> AsyncIterator[str]:
        for letter in "abcdef":
            yield letter

    async def test_it_is_entered_once_for_all_that_comes_within_a_second(self) -> None:
        chunks = [chunk async for chunk in in_async_steps(self.letters(), self.enter)]
        self.assertEqual(chunks, list("abcdef"))
        self.assertEqual(len(self.entered), 1)

    async def test_a_tenant_that_is_gone_ends_the_stream(self) -> None:
        steps = in_async_steps(self.letters(), self.enter)
        with patch.object(scopes, "LOOK_AGAIN", -1.0):
            self.assertEqual([await anext(steps), await anext(steps)], ["a", "b"])
            with self.assertRaises(UnknownDatabase):
                await anext(steps)

    async def test_a_step_that_waits_keeps_its_tenant_and_gives_it_to_no_other_task(self) -> None:
        both_wait = asyncio.Barrier(2)

        async def chunks() -> AsyncIterator[str | None]:
            await both_wait.wait()
            yield current_tenant()
            await both_wait.wait()
            yield await sync_to_async(current_tenant)()

        async def read(tenant: str) -> list[str | None]:
            steps = in_async_steps(chunks(), lambda: tenant_context(tenant))
            return [seen async for chunk in steps for seen in (chunk, current_tenant())]

        ours, theirs = await asyncio.gather(read("testclient"), read(OTHER_TENANT))
        self.assertEqual(ours, ["testclient", None] * 2)
        self.assertEqual(theirs, [OTHER_TENANT, None] * 2)

    async def test_what_ends_with_its_task_ends_inside(self) -> None:
        waits, ended = asyncio.Event(), []

        async def chunks() -> AsyncIterator[str]:
            try:
                yield "a"
                waits.set()
                await asyncio.Event().wait()
            finally:
                ended.append(current_tenant())

        async def read() -> None:
            async for _ in in_async_steps(chunks(), lambda: tenant_context("testclient")):
                pass

        task = asyncio.create_task(read())
        await waits.wait()
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        self.assertEqual(ended, ["testclient"])


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


class KnownForASecond(SimpleTestCase):
    """What was found of a tenant is not asked for again within a second, unless the catalog has changed."""

    def setUp(self) -> None:
        self.addCleanup(catalog.forget)
        catalog.forget()

    def test_it_is_found_once(self) -> None:
        with patch.object(catalog, "owner_of", wraps=catalog.owner_of) as asked:
            for _ in range(3):
                with tenant_context("testclient"):
                    pass
        self.assertEqual(asked.call_count, 1)

    def test_a_change_in_this_process_is_seen_at_once(self) -> None:
        with tenant_context("testclient"):
            pass
        self.assertIsNotNone(catalog.known_now("testclient"))
        catalog.forget("testclient")
        self.assertIsNone(catalog.known_now("testclient"))

    def test_it_is_no_older_than_the_cache_may_be(self) -> None:
        with override_settings(TENANT_CACHE_SECONDS=0), tenant_context("testclient"):
            self.assertIsNone(catalog.known_now("testclient"))

    def test_what_was_found_before_a_change_is_not_kept_after_it(self) -> None:
        before = catalog.changes
        with tenant_context("testclient"):
            active = catalog.known_now("testclient")
        assert active is not None
        catalog.forget()
        catalog.know(active, before)
        catalog.serve("testclient", before)
        self.assertIsNone(catalog.known_now("testclient"))
        self.assertNotIn("testclient", catalog.served)
