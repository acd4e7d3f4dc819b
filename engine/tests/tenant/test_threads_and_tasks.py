"""Threads start without a tenant, and tasks of an event loop keep their own."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Barrier

from asgiref.sync import sync_to_async
from django.test import SimpleTestCase, TestCase

from engine.site.notes.models import Note
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT
from manydb.tenants.context import current_tenant, tenant_context


class Threads(SimpleTestCase):
    def test_a_new_thread_has_no_tenant(self) -> None:
        with tenant_context("testclient"), ThreadPoolExecutor(1) as pool:
            self.assertIsNone(pool.submit(current_tenant).result())

    def test_a_copied_context_brings_the_tenant_along(self) -> None:
        with tenant_context("testclient"), ThreadPoolExecutor(1) as pool:
            self.assertEqual(pool.submit(copy_context().run, current_tenant).result(), "testclient")

    def test_two_threads_do_not_see_each_others_tenant(self) -> None:
        both_have_entered = Barrier(2, timeout=10)

        def enter(tenant: str) -> str | None:
            with tenant_context(tenant):
                both_have_entered.wait()
                return current_tenant()

        tenants = ["testclient", OTHER_TENANT]
        with ThreadPoolExecutor(2) as pool:
            self.assertEqual(list(pool.map(enter, tenants)), tenants)


class Tasks(TestCase):
    databases = {"TESTCLIENT", OTHER_ALIAS}

    async def test_tasks_that_take_turns_each_stay_with_their_own_tenant(self) -> None:
        async def write(tenant: str) -> list[str]:
            with tenant_context(tenant):
                for number in range(3):
                    await Note.objects.acreate(text=f"{tenant} {number}")
                    await asyncio.sleep(0)
                return sorted([note.text async for note in Note.objects.all()])

        tenants = ["testclient", OTHER_TENANT]
        written = await asyncio.gather(*[asyncio.create_task(write(name)) for name in tenants])
        self.assertEqual(written, [[f"{name} {n}" for n in range(3)] for name in tenants])
        self.assertIsNone(current_tenant())

    async def test_a_task_takes_along_the_tenant_that_it_was_started_with(self) -> None:
        async def later() -> str | None:
            await asyncio.sleep(0)
            return await sync_to_async(current_tenant)()

        with tenant_context("testclient"):
            task = asyncio.create_task(later())
        with tenant_context(OTHER_TENANT):
            self.assertEqual(await task, "testclient")
