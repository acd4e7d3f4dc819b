"""A tenant is its UUID: nothing that belongs to one belongs to a later one of its name.

Its database says whose it is, and a connection believes that and no outdated catalog.
"""

import copy
import pickle
from collections.abc import Callable
from contextlib import ExitStack
from io import StringIO
from typing import Any
from unittest.mock import patch

from asgiref.sync import sync_to_async
from django.core.management import call_command
from django.db import OperationalError, connections
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from engine.site.notes.models import Folder, Note, Tag
from manydb.core.database_identity import Identity
from manydb.core.exceptions import TenantUnavailable, WrongTenant
from manydb.tenants import catalog
from manydb.tenants.context import current_tenant, tenant_context
from manydb.tenants.envelope import opened, sealed
from manydb.tenants.identity import claiming
from manydb.tenants.lifecycle import serving
from manydb.tenants.lifecycle.creation import create
from manydb.tenants.lifecycle.removal import drop
from manydb.tenants.lifecycle.tenant_database import TenantDatabase
from manydb.tenants.models import Tenant
from manydb.tenants.records import TenantRecord

from .new import NewTenantTest


def view(request: HttpRequest) -> HttpResponse:
    with connections[f"{current_tenant()}".upper()].cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("served")


async def async_view(request: HttpRequest) -> HttpResponse:
    return await sync_to_async(view)(request)


urlpatterns = [
    path("", lambda request: HttpResponse("asks no database")),
    path("sync/", view),
    path("async/", async_view),
]


class HeldInMemory(NewTenantTest):
    """What a process has of a tenant while that is dropped and another one gets its name."""

    def create(self) -> None:
        create(self.name, wait=0)
        with connections[self.name.upper()].schema_editor() as editor:
            for model in (Folder, Tag, Note):  # which have no migrations
                editor.create_model(model)

    def setUp(self) -> None:
        super().setUp()
        self.create()
        alias = self.name.upper()
        with tenant_context(self.name):
            Note.objects.create(text="Theirs")
            self.held: dict[str, Any] = {
                "read": Note.objects.get(),
                "made": Note(text="Theirs"),
                "queryset": Note.objects.filter(text="Theirs"),
                "fetched": Note.objects.all(),
                "raw": Note.objects.raw("SELECT * FROM notes_note"),
            }
            len(self.held["fetched"])
            list(self.held["raw"])
        self.held |= {
            "read without a tenant": Note.objects.using(alias).get(),
            "queryset without a tenant": Note.objects.using(alias).filter(text="Theirs"),
            "saved without a tenant": Note(text="Theirs"),
        }
        self.held["saved without a tenant"].save(using=alias)
        pickled = ("read", "made", "read without a tenant")
        self.held |= {
            f"{name}, pickled": pickle.loads(pickle.dumps(self.held[name])) for name in pickled
        }
        self.held["read, copied"] = copy.deepcopy(self.held["read"])

    def uses(self, held: Any) -> list[Callable[[], object]]:
        if isinstance(held, Note):
            return [
                held.save,
                held.refresh_from_db if held.pk else held.full_clean,
                lambda: Note.objects.bulk_create([held]),
                lambda: Note.objects.contains(held),
            ]
        if not hasattr(held, "filter"):
            return []
        return [lambda: list(held), held.count, lambda: list(Note.objects.filter(pk__in=held))]

    def test_it_is_refused_by_the_next_tenant_of_the_name(self) -> None:
        drop(self.name)
        connections[self.name.upper()].close()  # which the server has ended
        self.create()
        with tenant_context(self.name):
            Note.objects.create(pk=1, text="Ours")
        for name, held in self.held.items():
            for use in self.uses(held):
                with (
                    self.subTest(name),
                    tenant_context(self.name),
                    self.assertRaisesRegex(WrongTenant, "an earlier tenant"),
                ):
                    use()
        with tenant_context(self.name):
            self.assertEqual([note.text for note in Note.objects.all()], ["Ours"])

    def test_it_is_good_under_another_name(self) -> None:
        new = f"{self.name}_new"
        before = catalog.owner_of(self.name)
        serving.rename(self.name, new, wait=0)
        self.name = new
        self.assertEqual(catalog.owner_of(new), before)
        with tenant_context(new):
            self.assertEqual([note.text for note in self.held["fetched"].all()], ["Theirs"] * 2)


@override_settings(ROOT_URLCONF=__name__)
class OutdatedCase(NewTenantTest):
    def setUp(self) -> None:
        super().setUp()
        create(self.name, wait=0)
        self.before = self.record()
        self.alias = self.name.upper()

    def record(self) -> TenantRecord:
        record = catalog.find(self.name)
        assert record
        return record

    def remember(self) -> None:
        """Puts this process back to where it was before the change."""
        connections[self.alias].close()
        catalog.forget()
        catalog.remember(self.before)

    def says(self) -> Identity:
        return Identity(*self.sql("SELECT tenant, state FROM manydb_identity")[0])

    def page(self, path: str = "/") -> int:
        return self.client.get(path, headers={"host": f"{self.name}.testserver"}).status_code

    def assert_refused(self, why: str) -> None:
        with self.assertRaisesRegex(TenantUnavailable, why):
            self.sql("SELECT 1")


class OutdatedCatalog(OutdatedCase):
    """A process that remembers what the catalog said before another process has changed it."""

    def test_a_database_says_whose_it_is(self) -> None:
        self.assertEqual(self.says(), (self.before.uuid, "ready"))
        new = f"{self.name}_new"
        serving.rename(self.name, new, wait=0)
        self.name = new
        self.assertEqual(self.says(), (self.before.uuid, "ready"))

    def test_the_next_tenant_of_the_name_is_not_served_as_the_one_before(self) -> None:
        drop(self.name)
        create(self.name, wait=0)
        self.remember()
        self.assert_refused("the database of another tenant by now")
        self.assertNotEqual(self.record(), self.before)  # it has asked again
        self.sql("SELECT 1")

    def test_a_suspended_one_says_so_and_is_served_again(self) -> None:
        serving.suspend(self.name)
        self.remember()
        self.assert_refused("the tenant is suspended")
        self.assertEqual(self.record().state, "suspended")
        self.sql("SELECT 1")  # commands may
        serving.resume(self.name)
        self.assertEqual(self.says().state, "ready")

    def test_one_that_has_moved_says_so(self) -> None:
        row = Tenant.objects.get(name=self.name)
        TenantDatabase.of(row).say("moved")
        self.remember()
        self.assert_refused("the tenant is moved")

    def test_a_page_answers_503(self) -> None:
        serving.suspend(self.name)
        for page in ("/sync/", "/async/"):
            self.remember()
            self.assertEqual(self.page(page), 503)

    def test_a_database_without_an_identity_is_refused_until_a_command_claims_it(self) -> None:
        self.sql("DROP TABLE manydb_identity")
        connections[self.alias].close()
        self.assert_refused(f"no identity.*migrate_databases --only {self.alias}")
        with claiming():
            self.sql("SELECT 1")
        self.assertEqual(self.says(), (self.before.uuid, "ready"))

    def test_migrate_databases_claims_one_that_is_up_to_date(self) -> None:
        for is_open in (False, True):
            for state in ("ready", "suspended"):
                with self.subTest(is_open=is_open, state=state):
                    Tenant.objects.filter(name=self.name).update(state=state)
                    catalog.forget()
                    self.sql("DROP TABLE manydb_identity")
                    if not is_open:
                        connections[self.alias].close()
                    self.migrated("--only", self.alias)
                    connections[self.alias].close()
                    self.assertEqual(self.says(), (self.before.uuid, state))
                    row = Tenant.objects.get(name=self.name)
                    self.assertEqual((row.state, row.command, row.phase), (state, "", ""))
                    self.assertEqual(row.fingerprint, self.before.fingerprint)

    def test_who_only_looks_claims_none(self) -> None:
        self.sql("DROP TABLE manydb_identity")
        connections[self.alias].close()
        for looking in ("--check", "--plan"):
            self.migrated("--only", self.alias, looking)
            self.assert_refused("no identity")

    def test_the_database_of_another_tenant_is_not_claimed(self) -> None:
        self.sql("UPDATE manydb_identity SET tenant = '1d5a4b8c-0b5d-4f0c-8a3e-6c7f9b2d1e0a'")
        connections[self.alias].close()
        self.migrated("--only", self.alias)
        self.assert_refused("the database of another tenant by now")

    def migrated(self, *options: str) -> None:
        call_command("migrate_databases", *options, stdout=StringIO())

    def test_an_idle_connection_of_the_tenant_before_is_not_taken(self) -> None:
        self.sql("SELECT 1")
        connections[self.alias].close_if_unusable_or_obsolete()
        TenantDatabase.of(Tenant.objects.get(name=self.name)).say("ready")
        Tenant.objects.filter(name=self.name).update(uuid="1d5a4b8c-0b5d-4f0c-8a3e-6c7f9b2d1e0a")
        self.assert_refused("the database of another tenant by now")
        Tenant.objects.filter(name=self.name).update(uuid=self.before.uuid)

    def test_an_identity_that_is_none_is_not_written(self) -> None:
        with self.assertRaises(ValueError):
            TenantDatabase.of(Tenant.objects.get(name=self.name)).say("ready'; --")


def away(execute: Any, *args: Any) -> Any:
    raise OperationalError("default is away")


@override_settings(TENANT_CACHE_SECONDS=0)
class WithoutDefault(OutdatedCase):
    """While ``default`` can't be asked, a tenant is served as before if its own database says the same."""

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(catalog.forget)
        with tenant_context(self.name):
            self.message = sealed("invoices")

    def stop_default(self) -> None:
        default = connections["default"]
        self.enterContext(patch.object(default, "is_usable", return_value=False))
        self.enterContext(default.execute_wrapper(away))

    def test_it_is_served_for_a_time_and_the_log_says_so(self) -> None:
        self.remember()
        self.stop_default()
        with self.assertLogs("manydb.tenants.cache", "WARNING") as logged:
            for _ in range(3):
                self.assertEqual(self.page(), 200)
        self.assertRegex(logged.output[0], f"default is away.*{self.name} .*at most 600 s")
        self.assertEqual(len(logged.output), 1)
        with override_settings(TENANT_STALE_SECONDS=0), self.assertRaises(OperationalError):
            catalog.find(self.name)

    def test_one_that_was_suspended_is_not(self) -> None:
        serving.suspend(self.name)
        self.remember()
        self.stop_default()
        for _ in range(2):
            self.assertEqual(self.page(), 503)
        with self.assertRaisesRegex(TenantUnavailable, "invoices .*is unavailable"):
            opened("invoices", self.message)

    def test_nor_is_one_that_has_an_open_connection(self) -> None:
        for at_rest in (True, False):
            with self.subTest(at_rest):
                self.sql("SELECT 1")
                if at_rest:
                    connections[self.alias].close_if_unusable_or_obsolete()
                serving.suspend(self.name)
                catalog.forget()
                catalog.remember(self.before)
                with ExitStack() as stack:
                    default = connections["default"]
                    stack.enter_context(patch.object(default, "is_usable", return_value=False))
                    stack.enter_context(default.execute_wrapper(away))
                    self.assertEqual(self.page(), 503)
                catalog.forget()
                serving.resume(self.name)

    def test_a_replica_of_default_is_asked_for_one_that_is_not_known(self) -> None:
        catalog.forget()
        attempts = iter([away])

        def away_once(execute: Any, *args: Any) -> Any:
            return next(attempts, lambda execute, *args: execute(*args))(execute, *args)

        default = connections["default"]
        with (
            patch.object(default, "is_usable", return_value=False),
            default.execute_wrapper(away_once),
            self.assertLogs("manydb.tenants.catalog", "WARNING") as logged,
        ):
            self.assertEqual(self.record(), self.before)
        self.assertIn("read from default_RO", logged.output[0])
