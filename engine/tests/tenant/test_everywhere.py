"""One table of cases, wherever work for one tenant is done."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from unittest.mock import patch

from asgiref.sync import async_to_sync
from django.test import SimpleTestCase, TestCase, override_settings
from django.test.utils import ignore_warnings

from engine.tests.names import OTHER_TENANT, host_of
from manydb.core import log_once
from manydb.core.exceptions import TenantRequired, TenantUnavailable, UnknownDatabase
from manydb.tenants import catalog
from manydb.tenants.context import current_tenant, tenant_context
from manydb.tenants.envelope import for_every_tenant, opened, sealed
from manydb.tenants.models import Tenant

from .cases import CASES, VIEWS, answers
from .test_middleware import body_of

Table = dict[str, object]
ALIASES = {"testclient": "TESTCLIENT", OTHER_TENANT: OTHER_TENANT.upper()}


def expected(tenant: str, in_a_request: bool) -> Table:
    """Outside of requests reads go to the primary."""
    alias = ALIASES[tenant]
    return dict.fromkeys(CASES, "WrongTenant") | {
        "who": tenant,
        "reads": f"{alias}_RO" if in_a_request else alias,
        "locks": alias,
        "transactions": alias,
        "cache": f":{catalog.owner_of(tenant)}:1:key",
    }


def lines(body: bytes) -> Table:
    return dict(json.loads(line) for line in body.splitlines())


def directly(tenant: str) -> Table:
    with tenant_context(tenant):
        return answers()


def in_a_thread(tenant: str) -> Table:
    with tenant_context(tenant), ThreadPoolExecutor(1) as pool:
        return pool.submit(copy_context().run, answers).result()


def in_a_worker(tenant: str) -> Table:
    """What is sent is JSON, and who works on it has no tenant."""
    with tenant_context(tenant):
        message = json.dumps(sealed("invoices"))
    with opened("invoices", json.loads(message)):
        return answers()


@override_settings(ROOT_URLCONF="engine.tests.tenant.cases")
class Everywhere(SimpleTestCase):
    def wsgi(self, view: str) -> Callable[[str], Table]:
        def ask(tenant: str) -> Table:
            response = self.client.get(f"/{view}/", headers={"host": host_of(tenant)})
            return lines(b"".join(response))

        return ask

    def asgi(self, view: str) -> Callable[[str], Table]:
        def ask(tenant: str) -> Table:
            return lines(async_to_sync(body_of)(f"/{view}/", host_of(tenant)).encode())

        return ask

    @ignore_warnings(message="StreamingHttpResponse must consume")
    def test_the_answers_are_those_of_the_table(self) -> None:
        places = {"directly": directly, "in a thread": in_a_thread, "in a worker": in_a_worker}
        for view in VIEWS:
            places[f"WSGI, {view.__name__}"] = self.wsgi(view.__name__)
            places[f"ASGI, {view.__name__}"] = self.asgi(view.__name__)
        for place, ask in places.items():
            for tenant in ALIASES:
                with self.subTest(place, tenant=tenant):
                    self.assertEqual(
                        ask(tenant), expected(tenant, place.startswith(("WSGI", "ASGI")))
                    )
                    self.assertIsNone(current_tenant())


class Messages(TestCase):
    def test_one_that_names_no_tenant_is_not_worked_on(self) -> None:
        with tenant_context(OTHER_TENANT):
            theirs = sealed("invoices")
        with tenant_context("testclient"):
            ours = sealed("invoices")
        for envelope in (
            *(None, {}, "testclient"),
            {"version": 1, "name": "testclient"},  # queued by an earlier version
            {**ours, "version": 3},
            {**ours, "tenant": theirs["tenant"]},
            {**ours, "signature": ""},
        ):
            with self.subTest(envelope), self.assertRaisesRegex(TenantRequired, "invoices"):
                opened("invoices", envelope)

    def test_none_is_sent_without_a_tenant(self) -> None:
        with self.assertRaisesRegex(TenantRequired, r"invoices .* tenant_context\("):
            sealed("invoices")

    def test_one_for_a_tenant_that_is_not_served_is_refused(self) -> None:
        row = Tenant.objects.create(name="newcomer", database="newcomer", state="suspended")
        with tenant_context("newcomer"):
            message = sealed("invoices")
        with self.assertRaisesRegex(TenantUnavailable, "invoices .*'newcomer', which is suspended"):
            opened("invoices", message)
        row.delete()
        Tenant.objects.create(name="newcomer", database="newcomer", state="ready")
        with self.assertRaisesRegex(UnknownDatabase, "invoices .*'newcomer' that was dropped"):
            opened("invoices", message)

    def test_one_for_a_tenant_that_was_renamed_is_worked_on_for_it(self) -> None:
        row = Tenant.objects.create(name="newcomer", database="newcomer", state="ready")
        with tenant_context("newcomer"):
            message = sealed("invoices")
        row.name = "renamed"
        row.save()
        with opened("invoices", message):
            self.assertEqual(current_tenant(), "renamed")

    def test_what_is_refused_is_logged_once(self) -> None:
        with (
            patch.object(log_once, "_written", set()),
            self.assertLogs("manydb.tenants.envelope", "WARNING") as logged,
        ):
            for _ in range(2):
                with self.assertRaises(TenantRequired):
                    opened("invoices", None)
        self.assertEqual(len(logged.records), 1)

    def test_who_is_asked_for_all_at_once_is_not_asked_for_one_by_one(self) -> None:
        for number in range(3):
            Tenant.objects.create(name=f"new{number}", database=f"new{number}", state="ready")
        with self.assertNumQueries(
            4
        ):  # rows of those that are listed, who had their names, all rows, no more
            for_every_tenant(lambda: None)

    def test_work_for_all_is_sent_once_for_each(self) -> None:
        seen: list[str | None] = []
        count = for_every_tenant(lambda: seen.append(current_tenant()))
        self.assertEqual((count, seen), (len(seen), sorted({*seen, *ALIASES})))
