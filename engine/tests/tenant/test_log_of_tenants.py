"""What the log says of tenants: of their requests, of what is refused, and of their lives."""

import logging
from typing import Any
from unittest import mock

from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client, TestCase, modify_settings, override_settings
from django.urls import path

from engine.site.notes.models import Note
from engine.tests.names import host_of
from manydb.core.log_lines import Lines
from manydb.tenants import tenant_context
from manydb.tenants.models import Tenant

from .new import NewTenantTest

LOG = "manydb.core.request_log.log_requests"


urlpatterns = [path("notes/", lambda request: HttpResponse(str(Note.objects.count())))]


@override_settings(ROOT_URLCONF="engine.tests.tenant.urls")
@modify_settings(MIDDLEWARE={"prepend": LOG})
class Requests(TestCase):
    databases = {"default", "TESTCLIENT", "TESTCLIENT_RO"}

    def line(self, host: str, address: str = "/nobodys/") -> dict[str, Any]:
        with self.assertLogs("manydb.request", "INFO") as logs:
            Client().get(address, headers={"host": host})
        (record,) = logs.records
        return record.fields  # type: ignore[attr-defined, no-any-return]

    def test_each_names_its_tenant(self) -> None:
        for host, tenant in ((host_of("testclient"), "testclient"), ("testserver", None)):
            line = self.line(host)
            self.assertEqual((line["tenant"], line["host"]), (tenant, host))

    def test_those_that_the_tenants_middleware_ends_have_a_line(self) -> None:
        line = self.line("nobody.testserver")
        self.assertEqual(
            (line["status"], line["tenant"], line["refusal"]), (404, "nobody", "unknown")
        )
        self.assertEqual(self.line("elsewhere.example")["status"], 400)

    @override_settings(TENANTS_ALWAYS_READY=False)
    def test_so_has_a_suspended_tenants(self) -> None:
        Tenant.objects.create(name="asleep", database="asleep", state="suspended")
        line = self.line("asleep.testserver")
        found = line["status"], line["tenant"], line["refusal"]
        self.assertEqual(found, (503, "asleep", "suspended"))

    @override_settings(LOG_QUERIES=True, ROOT_URLCONF=__name__)
    def test_queries_of_a_replica_are_its_own(self) -> None:
        queries = self.line(host_of("testclient"), "/notes/")["queries"]
        self.assertEqual(queries.pop("TESTCLIENT_RO"), 1)
        self.assertLessEqual(set(queries), {"default"})  # the catalog

    def test_other_lines_name_the_active_tenant(self) -> None:
        record = logging.LogRecord("shop", logging.INFO, "", 0, "paid", (), None)
        with tenant_context("testclient"):
            self.assertTrue(Lines().format(record).endswith("INFO shop: paid tenant=testclient"))
        self.assertTrue(Lines().format(record).endswith("INFO shop: paid"))


class Lives(NewTenantTest):
    def lines(self, *words: str) -> list[str]:
        with (
            self.assertLogs("manydb.tenants.life", "INFO") as logs,
            self.captureOnCommitCallbacks(using="default", execute=True),
        ):
            call_command(*words, stdout=mock.Mock(), stderr=mock.Mock())
        names = {record.fields["tenant"] for record in logs.records}  # type: ignore[attr-defined]
        self.assertEqual(names, {self.name})
        return [record.getMessage().removeprefix(f"{self.name} ") for record in logs.records]

    def test_each_change_has_a_line(self) -> None:
        made = self.lines("create_tenant", self.name)
        self.assertEqual((made[0], made[-1]), ("is creating (create)", "is ready"))
        self.assertEqual(self.lines("suspend_tenant", self.name), ["is suspended"])
        self.assertEqual(self.lines("resume_tenant", self.name), ["is ready"])
        dropped = self.lines("drop_tenant", self.name, "--yes", "--wait", "0")
        self.assertEqual(dropped[-1], "is no more in the catalog")

    def test_a_refused_command_has_one(self) -> None:
        with (
            self.assertLogs("manydb.tenants.lifecycle", "INFO") as logs,
            self.assertRaises(CommandError) as refused,
        ):
            call_command("suspend_tenant", "nobody_here")
        self.assertEqual(
            logs.records[0].getMessage(), f"suspend_tenant was refused: {refused.exception}"
        )
