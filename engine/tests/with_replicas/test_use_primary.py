"""``use_primary()`` and ``use_replica()``: for code that says by itself how current its reads must be."""

import asyncio
import pickle
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import RequestFactory
from django.utils.decorators import method_decorator
from django.views import View

from manydb.replicas import must_read_primary, use_primary, use_replica
from manydb.replicas.middleware import ReadYourWrites
from manydb.replicas.reads import Reads, reading

from .case import ReadingCase, RoutedCase


class UsePrimary(ReadingCase):
    def reads(self) -> str:
        return self.model.objects.all().db

    def test_reads_go_to_the_primary_inside_and_to_the_replica_outside(self) -> None:
        self.assertEqual(self.reads(), self.replica)
        with use_primary():
            self.assertEqual(self.reads(), self.primary)
        self.assertEqual(self.reads(), self.replica)

    def test_the_innermost_one_decides(self) -> None:
        with use_primary():
            with use_replica():
                self.assertEqual(self.reads(), self.replica)
                with use_primary():
                    self.assertEqual(self.reads(), self.primary)
                self.assertEqual(self.reads(), self.replica)
            self.assertEqual(self.reads(), self.primary)
        self.assertEqual(self.reads(), self.replica)

    def test_an_error_restores_what_was_before(self) -> None:
        with self.assertRaises(ZeroDivisionError), use_primary():
            raise ZeroDivisionError
        self.assertEqual(self.reads(), self.replica)

    def test_it_decorates_a_function(self) -> None:
        self.assertEqual(use_primary()(self.reads)(), self.primary)
        self.assertEqual(self.reads(), self.replica)

    def test_it_decorates_a_generator(self) -> None:
        @use_primary()
        def steps() -> Iterator[str]:
            yield self.reads()

        for read_inside in steps():
            self.assertEqual((read_inside, self.reads()), (self.primary, self.replica))

    def test_a_queryset_made_before_follows_it(self) -> None:
        queryset = self.model.objects.all()
        with use_primary():
            self.assertEqual(queryset.db, self.primary)

    async def test_tasks_at_the_same_time_do_not_mix(self) -> None:
        inside, outside = asyncio.Event(), asyncio.Event()

        @use_primary()
        async def one() -> bool:
            inside.set()
            await outside.wait()
            return must_read_primary(self.primary)

        async def other() -> bool:
            await inside.wait()
            found = must_read_primary(self.primary)
            outside.set()
            return found

        self.assertEqual(await asyncio.gather(one(), other()), [True, False])


class UseReplica(RoutedCase):
    """Outside of requests: in tasks, commands, consumers and shells."""

    def reads(self) -> str:
        return self.model.objects.all().db

    def test_reads_go_to_the_replica_inside_and_to_the_primary_outside(self) -> None:
        self.assertTrue(must_read_primary(self.primary))
        with use_replica():
            self.assertEqual(self.reads(), self.replica)
            self.assertFalse(must_read_primary(self.primary))
        self.assertEqual(self.reads(), self.primary)

    def test_a_transaction_on_the_primary_is_read_there(self) -> None:
        with use_replica(), transaction.atomic(using=self.primary):
            self.assertEqual(self.reads(), self.primary)

    def test_a_model_that_keeps_to_its_primary_is_read_there(self) -> None:
        with use_replica():
            self.assertEqual(self.model_of_the_primary.objects.all().db, self.primary)

    def test_a_thread_of_its_own_is_outside(self) -> None:
        with use_replica(), ThreadPoolExecutor(1) as pool:
            self.assertTrue(pool.submit(must_read_primary, self.primary).result())

    def test_so_is_a_thread_that_a_request_starts(self) -> None:
        with reading(Reads()), ThreadPoolExecutor(1) as pool:
            self.assertFalse(must_read_primary(self.primary))
            self.assertTrue(pool.submit(must_read_primary, self.primary).result())


class Views(RoutedCase):
    """A view says it for its whole response, also for the part that is made after the view has returned."""

    def reads(self) -> str:
        return self.model.objects.all().db

    def ask(self, view: Callable[..., Any], method: str = "post") -> str:
        def respond(request: HttpRequest) -> HttpResponse:
            response = view(request)
            return response.render() if hasattr(response, "render") else response

        response = ReadYourWrites(respond)(getattr(RequestFactory(), method)("/"))
        return (response.getvalue() if response.streaming else response.content).decode()

    async def ask_async(self, view: Callable[..., Any]) -> str:
        response = await ReadYourWrites(view)(RequestFactory().post("/"))
        if response.streaming:
            return b"".join([chunk async for chunk in response]).decode()
        return response.content.decode()

    def plain(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(self.reads())

    def streamed(self, request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(self.reads() for _ in range(1))

    def rendered(self, request: HttpRequest) -> TemplateResponse:
        template = engines["django"].from_string("{% firstof read %}")
        return TemplateResponse(request, template, {"read": self.reads})

    def test_a_view_that_only_reads_but_is_asked_by_post(self) -> None:
        for view in (self.plain, self.streamed, self.rendered):
            with self.subTest(view.__name__):
                self.assertEqual(self.ask(view), self.primary)
                self.assertEqual(self.ask(use_replica()(view)), self.replica)

    def test_a_view_that_is_asked_by_get_and_must_be_current(self) -> None:
        for view in (self.plain, self.streamed, self.rendered):
            with self.subTest(view.__name__):
                self.assertEqual(self.ask(view, "get"), self.replica)
                self.assertEqual(self.ask(use_primary()(view), "get"), self.primary)

    def test_after_a_write_it_reads_the_primary_all_the_same(self) -> None:
        def view(request: HttpRequest) -> HttpResponse:
            before = self.reads()
            self.model.objects.create(text="written")
            return HttpResponse(f"{before} {self.reads()}")

        self.assertEqual(self.ask(use_replica()(view)), f"{self.replica} {self.primary}")

    def test_a_view_of_a_class(self) -> None:
        case = self

        @method_decorator(use_replica(), name="dispatch")
        class Decorated(View):
            def post(self, request: HttpRequest) -> HttpResponse:
                return case.plain(request)

        class Plain(View):
            def post(self, request: HttpRequest) -> HttpResponse:
                return case.plain(request)

        self.assertEqual(self.ask(Decorated.as_view()), self.replica)
        self.assertEqual(self.ask(use_replica()(Plain.as_view())), self.replica)
        self.assertEqual(self.ask(Plain.as_view()), self.primary)

    async def test_async_views_plain_streamed_and_of_a_class(self) -> None:
        reads = sync_to_async(self.reads)

        async def plain(request: HttpRequest) -> HttpResponse:
            return HttpResponse(await reads())

        async def chunks() -> AsyncIterator[str]:
            yield await reads()

        async def streamed(request: HttpRequest) -> StreamingHttpResponse:
            return StreamingHttpResponse(chunks())

        class OfAClass(View):
            async def post(self, request: HttpRequest) -> HttpResponse:
                return HttpResponse(await reads())

        for view in (plain, streamed, OfAClass.as_view()):
            with self.subTest(view.__name__):
                self.assertEqual(await self.ask_async(view), self.primary)
                self.assertEqual(await self.ask_async(use_replica()(view)), self.replica)

    def test_a_rendered_response_can_be_cached(self) -> None:
        response = use_replica()(self.rendered)(RequestFactory().get("/")).render()
        self.assertEqual(pickle.loads(pickle.dumps(response)).content, self.replica.encode())

    def test_the_wrapper_keeps_what_other_decorators_said(self) -> None:
        def view(request: HttpRequest) -> HttpResponse:
            return HttpResponse()

        view.csrf_exempt = True  # type: ignore[attr-defined]
        self.assertTrue(use_replica()(view).csrf_exempt)

    def test_what_is_no_response_is_given_back(self) -> None:
        async def one() -> int:
            return 1

        self.assertEqual(use_replica()(lambda: 1)(), 1)
        self.assertEqual(async_to_sync(use_replica()(one))(), 1)
