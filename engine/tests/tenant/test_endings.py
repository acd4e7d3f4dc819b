"""Dropping, renaming, and what no command may do."""

from types import SimpleNamespace
from unittest.mock import patch

from django.core.management.base import CommandError
from django.db import OperationalError, transaction

from engine.site.databases import PREFIX
from manydb.tenants.lifecycle import base_command, creation, serving
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.operation import Operation
from manydb.tenants.lifecycle.removal import drop
from manydb.tenants.lifecycle.tenant_database import TenantDatabase
from manydb.tenants.lifecycle.tenant_names import free_database, subdomain
from manydb.tenants.models import Hostname, Tenant

from .new import NewTenantTest


class Endings(NewTenantTest):
    def test_one_that_was_killed_goes_on_and_can_not_be_dumped_any_more(self) -> None:
        creation.create(self.name)
        with (
            patch.object(TenantDatabase, "remove", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            drop(self.name)
        with self.assertRaisesMessage(ProvisioningError, f"Run drop_tenant {self.name} again"):
            serving.resume(self.name)
        with self.assertRaisesMessage(ProvisioningError, "too late for a dump"):
            drop(self.name, dump_to=self.folder / "dump.zip", wait=0)
        drop(self.name)
        self.assertFalse(Tenant.objects.filter(name=self.name).exists())

    def test_a_database_of_that_name_that_is_somebody_elses_stays(self) -> None:
        made = creation.create(self.name)
        database = TenantDatabase.of(made)
        made.delete()
        row = {"name": self.name, "database": made.database, "state": "creating"}
        Tenant.objects.create(**row, command="create", phase="started")
        drop(self.name)
        self.assertTrue(database.exists())
        database.remove(ours=True)

    def test_one_that_could_not_be_dumped_is_served_as_before(self) -> None:
        creation.create(self.name)
        (path := self.folder / "dump.zip").touch()
        with self.assertRaisesMessage(ProvisioningError, "exists already"):
            drop(self.name, dump_to=path, wait=0)
        row = Tenant.objects.get(name=self.name)
        self.assertEqual((row.state, row.command), ("ready", ""))

    def test_what_the_catalog_could_not_be_told_is_not_so(self) -> None:
        row = creation.create(self.name)
        row.command = "move"
        away = patch.object(Tenant, "save", side_effect=OperationalError("away"))
        with away, self.assertRaises(OperationalError):
            Operation(row).record(state="moving", command="")
        self.assertEqual((row.state, row.command), ("ready", "move"))

    def test_a_database_that_is_kept_keeps_its_name(self) -> None:
        kept = {"other_database": f"{PREFIX}{self.name}", "other_server": ""}
        Tenant.objects.create(name="moved", database="moved", server="eu", **kept)
        self.assertEqual(free_database(self.name, ""), f"{PREFIX}{self.name}_2")

    def test_one_of_tenants_would_come_back(self) -> None:
        with self.assertRaisesMessage(ProvisioningError, "'testclient' is listed in TENANTS"):
            drop("testclient")

    def test_nothing_is_part_of_a_transaction(self) -> None:
        with (
            transaction.atomic("default"),
            self.assertRaisesMessage(ProvisioningError, "Call this outside atomic()"),
        ):
            creation.create(self.name)

    def test_what_is_typed_must_be_the_name(self) -> None:
        command = base_command.TenantCommand()
        with (
            patch.object(base_command.sys, "stdin", SimpleNamespace(isatty=lambda: True)),
            patch("builtins.input", side_effect=["acne", "acme"]),
        ):
            with self.assertRaisesMessage(CommandError, "Nothing was changed"):
                command.confirm("acme", "This drops it.", yes=False)
            command.confirm("acme", "This drops it.", yes=False)


class NewNames(NewTenantTest):
    def setUp(self) -> None:
        super().setUp()
        creation.create(self.name)

    def refused(self, new: str) -> str:
        with self.assertRaises(ProvisioningError) as raised:
            serving.rename(self.name, new, wait=0)
        return str(raised.exception)

    def test_a_name_that_is_somebodys_is_refused(self) -> None:
        other = Tenant.objects.create(name="other", database="other", state="ready")
        Hostname.objects.create(host=subdomain("before"), tenant=other)
        self.assertIn("There is a tenant 'other' already", self.refused("other"))
        self.assertIn("is a host name of tenant 'other'", self.refused("before"))
        with patch.object(serving, "tenant_lock") as lock:
            self.refused("other")
        lock.assert_called_once_with(self.name, "other")

    def test_links_of_the_old_name_go_along(self) -> None:
        old, self.name = self.name, f"{self.name}_new"
        row = serving.rename(old, self.name, wait=0)
        self.assertEqual(row.hostnames.get().host, subdomain(old))
