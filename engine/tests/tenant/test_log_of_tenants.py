"""What the log says of tenants: of their requests, of what is refused, and of their lives."""

import logging
from contextlib import suppress
from io import StringIO
from itertools import count
from typing import Any
from unittest import mock

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connections
from django.http import HttpResponse
from django.test import Client, TestCase, modify_settings, override_settings
from django.urls import path, reverse
from django.utils.connection import ConnectionDoesNotExist

from engine.site.databases import PREFIX
from engine.site.notes.models import Note
from engine.tests.names import host_of
from manydb.core.log_lines import Lines
from manydb.tenants import tenant_context
from manydb.tenants.lifecycle import replacement
from manydb.tenants.management.commands import suspend_tenant
from manydb.tenants.models import Hostname, Tenant

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


# Each command, how its own line ends, and what the tenant's life says meanwhile ("" for nothing).
COMMANDS = (
    ("create_tenant {name}", "{name} is done", "{name} is ready"),
    ("create_tenant {name}", "{name} is refused: There is a tenant '{name}' already", ""),
    ("suspend_tenant {name}", "{name} is done", "{name} is suspended"),
    ("resume_tenant {name}", "{name} is done", "{name} is ready"),
    ("suspend_tenant nobody_here", "nobody_here is refused: There is no tenant", ""),
    ("migrate_databases --only {name}", "migrate_databases is done", ""),
    ("migrate_databases --only nobody_here", "migrate_databases is refused: ", ""),
    ("dump_tenant {name} {folder}/a.zip", "{name} is done", ""),
    ("dump_tenant {name} {folder}/a.zip", "{name} is refused: ", ""),
    ("restore_tenant {folder}/a.zip --name {name}", "{name} is refused: ", ""),
    ("restore_tenant {folder}/a.zip --name {name} --replace", "{name} is refused: This drops", ""),
    (
        "restore_tenant {folder}/a.zip --name {name} --replace --yes --wait 0",
        "{name} is done",
        "{name} is ready",
    ),
    ("restore_tenant {folder}/a.zip --name {other}", "{other} is done", "{other} is ready"),
    (
        "drop_tenant {other} --yes --wait 0",
        "{other} is done",
        "{other} is no longer in the catalog",
    ),
    ("clone_tenant {name} {other} --wait 0", "{other} is done", "{other} is ready"),
    ("rename_tenant {other} {name} --yes --wait 0", "{other} is refused: There is a tenant", ""),
    ("rename_tenant {other} {new} --yes --wait 0", "{other} is done", "{new} was changed: name"),
    ("move_tenant {new} --to beside --wait 0", "{new} is done", "{new} is ready"),
    ("move_tenant {new} --to nowhere", "{new} is refused: ", ""),
    ("move_tenant {new} --back --yes --wait 0", "{new} is done", "{new} is ready"),
    ("move_tenant {new} --drop-kept --yes", "{new} is done", "{new} was changed: other_"),
    ("rotate_tenant_accounts {new}", "{new} is refused: ", ""),
    ("prepare_tenants", "prepare_tenants is done", ""),
    ("adopt_tenant {other} --database nothing --yes", "{other} is refused: ", ""),
    ("move_rows --column nothing.Shop.slug --yes", "move_rows is refused: ", ""),
    ("tenant_command {new} -- check", "{new} is done", ""),
    ("deploy_databases --yes", "deploy_databases is refused: ", ""),
    ("drop_tenant {new}", "{new} is refused: This drops", ""),
    ("drop_tenant {new} --yes --wait 0", "{new} is done", "{new} is no longer in the catalog"),
)


@override_settings(TENANT_SERVERS={"beside": {}})
class Lives(NewTenantTest):
    def setUp(self) -> None:
        super().setUp()
        self.other, self.new = f"{self.name}b", f"{self.name}c"
        self.records: list[logging.LogRecord] = []
        handler = logging.Handler()
        handler.emit = self.records.append  # type: ignore[method-assign]
        for name in ("manydb.commands", "manydb.tenants.life"):
            logger = logging.getLogger(name)
            self.enterContext(mock.patch.object(logger, "level", logging.INFO))
            logger._cache.clear()  # type: ignore[attr-defined]
            logger.addHandler(handler)
            self.addCleanup(logger.removeHandler, handler)
        # "beside" is the same server here, where a name can't be used again.
        names = (f"{PREFIX}{self.name}_{number}" for number in count(2))
        self.enterContext(mock.patch.object(replacement, "free_database", side_effect=names))

    def run_here(self, words: str) -> tuple[logging.LogRecord, str]:
        """The line of a command, and those of tenants' lives meanwhile."""
        self.records.clear()
        names = {"name": self.name, "other": self.other, "new": self.new, "folder": self.folder}
        with (
            self.captureOnCommitCallbacks(using="default", execute=True),
            suppress(CommandError),
        ):
            call_command(*words.format(**names).split(), stdout=StringIO(), stderr=StringIO())
        for name in (self.name, self.other, self.new):
            with suppress(ConnectionDoesNotExist):  # there is no such tenant yet, or any more
                connections[name.upper()].close()
        own = [record for record in self.records if record.name == "manydb.commands"]
        lives = [record.getMessage() for record in self.records if record not in own]
        self.assertTrue(own, f"no line: {words}")
        return own[-1], "\n".join(lives)

    def test_each_command_and_each_refusal_has_a_line(self) -> None:
        secrets = [settings.SECRET_KEY, connections["default"].settings_dict["PASSWORD"]]
        names = {"name": self.name, "other": self.other, "new": self.new}
        for words, end, life in COMMANDS:
            with self.subTest(words):
                line, said = self.run_here(words)
                command = words.split()[0]
                self.assertIn(end.format(**names), line.getMessage())
                self.assertTrue(line.getMessage().startswith(command), line.getMessage())
                self.assertIn(life.format(**names), said)
                fields: dict[str, Any] = line.fields  # type: ignore[attr-defined]
                result = "refused" if "is refused" in end else "done"
                self.assertEqual((fields["command"], fields["result"]), (command, result))
                self.assertGreaterEqual(fields["duration_ms"], 0)
                for record in self.records:
                    text = Lines().format(record)
                    self.assertFalse([each for each in secrets if each and each in text])

    def test_one_that_only_looks_has_none(self) -> None:
        call_command("list_tenants", stdout=StringIO())
        self.assertEqual(self.records, [])

    def test_a_fault_and_ctrl_c_have_one(self) -> None:
        for error, end in ((KeyboardInterrupt, "is stopped: "), (OSError, "is failed: OSError")):
            broken = mock.patch.object(suspend_tenant, "suspend", side_effect=error("hidden"))
            with self.subTest(end), broken, suppress(OSError):
                self.run_here("suspend_tenant {name}")
            self.assertIn(end, self.records[-1].getMessage())
            self.assertNotIn("hidden", self.records[-1].getMessage())

    def test_host_names_of_the_admin_have_one(self) -> None:
        tenant = Tenant.objects.create(name=self.name, database=self.name, state="suspended")
        self.addCleanup(tenant.delete)
        self.client.force_login(get_user_model().objects.create_superuser("root"))
        page = reverse("admin:manydb_tenants_tenant_change", args=[tenant.pk])
        rows = {"hostnames-TOTAL_FORMS": "1", "hostnames-INITIAL_FORMS": "0"}
        with self.captureOnCommitCallbacks(using="default", execute=True):
            self.client.post(page, rows | {"hostnames-0-host": "shop.example.com"})
            Hostname.objects.get().delete()
        said = [record.getMessage() for record in self.records]
        for line in ("has the host name shop.example.com", "has lost the host name shop.example"):
            self.assertTrue([each for each in said if f"{self.name} {line}" in each], said)
