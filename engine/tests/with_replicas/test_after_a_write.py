"""A request that has written reads the primary from then on, and the next one that only reads the replica again."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from unittest.mock import patch

from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.db import connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from manydb.replicas import reads, use_replica
from manydb.replicas.middleware import ReadYourWrites
from manydb.replicas.reads import Reads

from .case import RoutedCase


class AfterAWrite(RoutedCase):
    def setUp(self) -> None:
        super().setUp()
        self.request = RequestFactory().get("/")

    def reads(self) -> str:
        return self.model.objects.all().db

    def reads_afterwards(self) -> str:
        """What code reads that may read replicas, outside of requests."""
        with use_replica():
            return self.reads()

    def write(self) -> None:
        self.model.objects.create(text="written")

    def test_the_rest_of_the_request_reads_the_primary(self) -> None:
        def view(request: HttpRequest) -> HttpResponse:
            self.assertEqual(self.reads(), self.replica)
            self.write()
            self.assertEqual(self.reads(), self.primary)
            return HttpResponse()

        ReadYourWrites(view)(self.request)
        self.assertEqual(self.reads_afterwards(), self.replica)

    def test_the_next_request_reads_the_replica_again(self) -> None:
        respond = ReadYourWrites(lambda request: HttpResponse(self.reads()))
        written = ReadYourWrites(self.writing_view)(self.request)
        self.assertFalse(written.cookies)  # the replica of tests is the primary itself
        self.assertEqual(respond(self.request).content.decode(), self.replica)

    def writing_view(self, request: HttpRequest) -> HttpResponse:
        self.write()
        return HttpResponse()

    def test_a_request_that_only_reads_stays_on_the_replica(self) -> None:
        def view(request: HttpRequest) -> HttpResponse:
            list(self.model.objects.all())
            return HttpResponse(self.reads())

        response = ReadYourWrites(view)(self.request)
        self.assertEqual(response.content.decode(), self.replica)

    def test_a_raw_statement_counts_as_well(self) -> None:
        def view(request: HttpRequest) -> HttpResponse:
            with connections[self.primary].cursor() as cursor:
                cursor.execute(f"UPDATE {self.model._meta.db_table} SET text = 'new'")
            return HttpResponse(self.reads())

        response = ReadYourWrites(view)(self.request)
        self.assertEqual(response.content.decode(), self.primary)

    def test_a_write_in_another_thread_counts_while_a_replica_is_chosen(self) -> None:
        request_reads = Reads()

        def choose(primary: str, *args: object) -> str:
            request_reads.wrote(primary)
            return self.replica

        with patch.object(reads, "choose", choose):
            self.assertEqual(request_reads.alias_for(self.primary), self.primary)

    def test_in_an_event_loop_it_is_the_primary_until_somebody_may_ask(self) -> None:
        request_reads = Reads()
        with patch.object(reads, "choose", side_effect=SynchronousOnlyOperation):
            self.assertEqual(request_reads.alias_for(self.primary), self.primary)
        self.assertEqual(request_reads.alias_for(self.primary), self.replica)

    def test_outside_of_requests_the_primary_is_read_and_a_write_changes_nothing(self) -> None:
        self.write()
        self.assertEqual(self.reads(), self.primary)
        self.assertEqual(self.reads_afterwards(), self.replica)

    def test_a_view_that_fails_leaves_nothing_behind(self) -> None:
        def view(request: HttpRequest) -> HttpResponse:
            self.write()
            raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            ReadYourWrites(view)(self.request)
        self.assertEqual(self.reads_afterwards(), self.replica)

    def test_a_streamed_body_still_sees_the_write(self) -> None:
        def chunks() -> Iterator[str]:
            yield self.reads()

        def view(request: HttpRequest) -> StreamingHttpResponse:
            self.write()
            return StreamingHttpResponse(chunks())

        response = ReadYourWrites(view)(self.request)
        self.assertEqual(response.getvalue().decode(), self.primary)
        self.assertEqual(self.reads_afterwards(), self.replica)

    async def test_an_async_view_reads_the_primary_after_a_write_in_a_thread(self) -> None:
        async def view(request: HttpRequest) -> HttpResponse:
            await sync_to_async(self.write)()
            return HttpResponse(await sync_to_async(self.reads)())

        response = await ReadYourWrites(view)(self.request)
        self.assertEqual(response.content.decode(), self.primary)
        self.assertEqual(await sync_to_async(self.reads_afterwards)(), self.replica)

    async def test_requests_at_the_same_time_do_not_mix(self) -> None:
        written = asyncio.Event()

        async def writer(request: HttpRequest) -> HttpResponse:
            await sync_to_async(self.write)()
            written.set()
            return HttpResponse(await sync_to_async(self.reads)())

        async def reader(request: HttpRequest) -> HttpResponse:
            await written.wait()
            return HttpResponse(await sync_to_async(self.reads)())

        responses = await asyncio.gather(
            asyncio.create_task(ReadYourWrites(reader)(self.request)),
            asyncio.create_task(ReadYourWrites(writer)(self.request)),
        )
        seen = [response.content.decode() for response in responses]
        self.assertEqual(seen, [self.replica, self.primary])

    async def test_an_async_streamed_body_still_sees_the_write(self) -> None:
        async def chunks() -> AsyncIterator[str]:
            yield await sync_to_async(self.reads)()

        async def view(request: HttpRequest) -> StreamingHttpResponse:
            await sync_to_async(self.write)()
            return StreamingHttpResponse(chunks())

        response = await ReadYourWrites(view)(self.request)
        self.assertEqual([chunk async for chunk in response], [self.primary.encode()])
