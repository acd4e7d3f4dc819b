"""A tenant's life: made, suspended, dumped, restored and dropped."""

from functools import partial
from unittest.mock import patch

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError

from manydb.core.exceptions import UnknownDatabase
from manydb.tenants.context import tenant_context
from manydb.tenants.lifecycle import creation, serving, template
from manydb.tenants.lifecycle.creation import Creation
from manydb.tenants.lifecycle.dumps import dump
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.removal import drop
from manydb.tenants.lifecycle.reporting import silent
from manydb.tenants.lifecycle.restores import restore, restore_over
from manydb.tenants.lifecycle.tenant_database import TenantDatabase
from manydb.tenants.models import Hostname, Tenant

from .new import NewTenantTest


class LifeTest(NewTenantTest):
    def visit(self) -> int:
        host = f"{self.name}.testserver"
        return self.client.get("/", headers={"host": host}).status_code

    def test_a_new_tenant_is_migrated_and_a_dropped_one_is_gone(self) -> None:
        creation.create(self.name)
        [(migrations,)] = self.sql("SELECT COUNT(*) FROM django_migrations")
        self.assertGreater(migrations, 0)
        drop(self.name)
        with self.assertRaises(UnknownDatabase), tenant_context(self.name):
            pass

    def test_a_failure_leaves_nothing(self) -> None:
        def fail(alias: str) -> None:
            raise DatabaseError("no more space")

        with (
            patch.object(template, "fillers", [fail]),
            patch.object(template, "_hash", lambda: self.name),
            self.assertRaisesMessage(ProvisioningError, "was not made: no more space"),
        ):
            creation.create(self.name)
        self.assertFalse(Tenant.objects.filter(name=self.name).exists())
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_what_was_killed_says_what_to_do_and_goes_on(self) -> None:
        with (
            patch.object(Creation, "undo"),
            patch.object(Creation, "make_database", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            creation.create(self.name)
        with self.assertRaisesMessage(ProvisioningError, f"Run create_tenant {self.name} again"):
            serving.suspend(self.name)
        self.assertEqual(creation.create(self.name).state, "ready")

    def test_a_tenant_whose_database_is_lost_is_not_cloned(self) -> None:
        row = creation.create(self.name)
        TenantDatabase.of(row).drop()
        with self.assertRaisesMessage(ProvisioningError, f"{self.name!r} has no database to clone"):
            creation.clone(self.name, f"{self.name}_copy")
        self.assertFalse(Tenant.objects.filter(name=f"{self.name}_copy").exists())

    def test_the_tenant_of_tests_is_not_made(self) -> None:
        creation.create(self.name)
        for make in (
            partial(creation.Creation.started, "testclient", "", silent, ""),
            partial(creation.Clone.started, "testclient", "", silent, self.name),
            partial(serving.rename, self.name, "testclient", wait=0),
        ):
            with self.assertRaisesRegex(ProvisioningError, "'testclient' is the tenant of tests"):
                make()

    def test_a_suspended_tenant_answers_503(self) -> None:
        creation.create(self.name)
        serving.suspend(self.name)
        self.assertEqual(self.visit(), 503)
        serving.resume(self.name)
        self.assertNotEqual(self.visit(), 503)

    def test_a_dump_brings_back_what_was(self) -> None:
        creation.create(self.name)
        self.sql("CREATE TABLE note (text varchar(20))")
        self.sql("INSERT INTO note VALUES ('kept')")
        path = self.folder / "dump.zip"
        dump(self.name, path)
        self.sql("DELETE FROM note")
        self.assertEqual(restore_over(path, self.name, wait=0).other_database, "")
        self.assertEqual(list(self.sql("SELECT text FROM note")), [("kept",)])
        with self.assertRaisesMessage(ProvisioningError, "already"):
            restore(path, self.name, same_tenant=True, wait=0)

    def test_what_was_served_before_a_command_was_killed_is_served_after_the_next(self) -> None:
        creation.create(self.name)
        dump(self.name, path := self.folder / "dump.zip")
        killed = {"state": "suspended", "command": "drop", "state_before": "ready"}
        Tenant.objects.filter(name=self.name).update(**killed)
        self.assertEqual(restore_over(path, self.name, wait=0).state, "ready")

    def test_its_host_names_come_back_also_if_it_was_stopped_there(self) -> None:
        hosts = creation.create(self.name).hostnames
        hosts.create(host="shop.example.com")
        path = self.folder / "dump.zip"
        dump(self.name, path)
        drop(self.name)
        with (
            patch.object(Hostname.objects, "bulk_create", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            restore(path, self.name, same_tenant=True, wait=0)
        self.assertEqual(
            restore(path, self.name, same_tenant=True, wait=0).hostnames.get().host,
            "shop.example.com",
        )

    def test_dropping_asks(self) -> None:
        creation.create(self.name)
        with self.assertRaisesMessage(CommandError, "Add --yes"):
            call_command("drop_tenant", self.name)
