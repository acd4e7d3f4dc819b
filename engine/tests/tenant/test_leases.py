"""A lock is a row of the shared database as well: what other nodes see of it, and what a holder may do that lost it."""

import threading
from typing import Any
from unittest import skipIf
from unittest.mock import patch

from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase

from manydb.core import leases
from manydb.core.locks import lock
from manydb.core.ownership import LEASES_TABLE
from manydb.core.placement import shared_alias
from manydb.fleet.migrate import AnotherRun, migrate
from manydb.tenants.lifecycle import creation, serving
from manydb.tenants.lifecycle.backups import runs
from manydb.tenants.lifecycle.catalog_rows import bury, tenant_lock
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.operation import Operation
from manydb.tenants.lifecycle.removal import drop
from manydb.tenants.models import Hostname, Tenant

from .new import NewTenantTest

ON_SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")


def run_sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connections[shared_alias()].cursor() as cursor:
        cursor.execute(statement.format(table=LEASES_TABLE), values)
        return cursor.fetchall() if cursor.description else []


def found_on(node: str, name: str, seconds: float) -> None:
    """A command on another node has this lock, and was heard of so many seconds before its lease ends."""
    run_sql("DELETE FROM {table} WHERE name = %s", name)
    now = leases._NOW[connections[shared_alias()].vendor]
    values = f"VALUES (%s, 41, 'process 7 of {node} x', '{node}', {now} + %s)"
    run_sql(f"INSERT INTO {{table}} {values}", name, seconds)


def fence(name: str) -> int:
    [(number,)] = run_sql("SELECT fence FROM {table} WHERE name = %s", name)
    return int(number)


def taken_over(name: str) -> None:
    run_sql("UPDATE {table} SET fence = fence + 1 WHERE name = %s", name)


@skipIf(ON_SQLITE, "SQLite's lock is a file, which no other machine has.")
class HeldElsewhere(TransactionTestCase):
    databases = {"default"}

    def test_a_lock_of_another_node_excludes_until_its_lease_ends(self) -> None:
        found_on("galera-2", "tenant initech", 60)
        said = r"\(process 7 of galera-2; if that was killed, in (60|59) s\)"
        with self.assertRaisesRegex(ProvisioningError, said), tenant_lock("initech"):
            pass
        found_on("galera-2", "tenant initech", -0.1)
        with tenant_lock("initech"):
            self.assertEqual(fence("tenant initech"), 42)
        with tenant_lock("initech"):
            self.assertEqual(fence("tenant initech"), 43)

    def test_who_waits_takes_it_over_once_the_other_is_silent(self) -> None:
        found_on("galera-2", "spares", 0.3)
        with lock("spares", wait=60):
            self.assertEqual(fence("spares"), 42)

    def test_the_server_lets_a_killed_holders_successor_in_at_once(self) -> None:
        """On the same node the server's own lock is free only when that session is gone."""
        [(node,)] = run_sql(f"SELECT {leases._NODE[connections['default'].vendor]}")
        found_on(node, "template", 60)
        with lock("template"):
            self.assertEqual(fence("template"), 42)

    def test_a_holder_at_work_renews_its_lease(self) -> None:
        renewed = threading.Event()
        real = leases._renew

        def renew(connection: Any, held: Any) -> bool:
            done = real(connection, held)
            renewed.set()
            return done

        ends = "SELECT ends FROM {table} WHERE name = %s"
        with (
            patch.object(leases, "RENEWED_EVERY", 0.01),
            patch.object(leases, "_renew", renew),
            lock("spares"),
        ):
            before = run_sql(ends, "spares")
            self.assertTrue(renewed.wait(30))
            self.assertGreater(run_sql(ends, "spares"), before)
        self.assertEqual(list(run_sql(ends, "spares")), [(0,)])

    def test_migrations_of_shared_databases_take_it_as_well(self) -> None:
        name = connections["default"].settings_dict["NAME"]
        found_on("galera-2", f"migrate {name}", 60)
        with self.assertRaisesMessage(AnotherRun, "process 7 of galera-2"):
            migrate("default")

    def test_so_do_backups_and_restores_of_the_fleet_and_they_end_when_it_is_lost(self) -> None:
        name = "backup of the fleet"
        found_on("galera-2", name, 60)
        self.enterContext(patch.object(runs, "_WAIT", 0))
        with self.assertRaisesMessage(ProvisioningError, "process 7 of galera-2"), runs.only_run():
            pass
        found_on("galera-2", name, -0.1)
        said = self.assertRaisesMessage(ProvisioningError, "has taken over the lock")
        with said, runs.only_run():
            leases.confirm()
            taken_over(name)
            leases.confirm()

    def tearDown(self) -> None:
        run_sql("DELETE FROM {table}")


@skipIf(ON_SQLITE, "SQLite's lock is a file, which no other machine has.")
class TakenOver(NewTenantTest):
    def test_a_holder_that_lost_it_changes_neither_catalog_nor_databases(self) -> None:
        row = creation.create(self.name)
        host = Hostname.objects.create(tenant=row, host="shop.example.com")
        work = Operation(row)
        steps = {
            "record": lambda: work.record(error="x"),
            "update": lambda: Tenant.objects.filter(name=self.name).update(error="x"),
            "delete": row.delete,
            "bury": lambda: bury(row),
            "delete rows": lambda: Tenant.objects.filter(name=self.name).delete(),
            "add": lambda: Hostname.objects.create(tenant=row, host="b.example.com"),
            "host": host.delete,
            "say": lambda: work.database.say("suspended"),
            "drop": work.database.drop,
            "remove": lambda: work.database.remove(ours=True),
            "make": lambda: work.database.making().__enter__(),
        }
        for step, run in steps.items():
            with (
                self.subTest(step),
                self.assertRaisesMessage(ProvisioningError, f"the lock 'tenant {self.name}'"),
                tenant_lock(self.name),
            ):
                taken_over(f"tenant {self.name}")
                run()
        row = Tenant.objects.get(name=self.name)
        self.assertEqual((row.state, row.error, row.hostnames.count()), ("ready", "", 1))
        self.assertEqual(list(self.sql("SELECT state FROM manydb_identity")), [("ready",)])

    def test_a_creation_that_lost_it_undoes_nothing(self) -> None:
        def report(text: str) -> None:
            if text.startswith("making the database"):
                taken_over(f"tenant {self.name}")

        with self.assertRaisesMessage(ProvisioningError, "has taken over the lock"):
            creation.create(self.name, report=report)
        self.assertEqual(Tenant.objects.get(name=self.name).state, "creating")
        self.assertEqual(creation.create(self.name).state, "ready")

    def test_each_command_goes_on_with_a_new_fence(self) -> None:
        creation.create(self.name)
        before = fence(f"tenant {self.name}")
        serving.suspend(self.name)
        serving.resume(self.name)
        drop(self.name)
        self.assertEqual(fence(f"tenant {self.name}"), before + 3)
