"""A database that was there before its tenant becomes the tenant's without a copy, and is given back."""

import os
import secrets
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections

from engine.site.conferences.models import Registration
from manydb.core.ownership import IDENTITY_TABLE
from manydb.exceptions import UnknownDatabase
from manydb.fleet.migrate import migrate
from manydb.tenants import tenant_context
from manydb.tenants.lifecycle import adopting
from manydb.tenants.lifecycle.creation import create
from manydb.tenants.lifecycle.engines import engine_of
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.removal import drop
from manydb.tenants.models import Tenant
from manydb.tenants.records import template_record

from .new import NewTenantTest

_TOKEN = "old_0"


class AdoptingTest(NewTenantTest):
    """``self.old`` is the name of a database of an earlier project, with one note."""

    def setUp(self) -> None:
        super().setUp()
        # By the worker's name the tests of another worker know that it is none of theirs.
        self.old = f"old{secrets.token_hex(4)}{os.environ.get('PYTEST_XDIST_WORKER', '')}"
        self.place = self.make(self.old)

    def make(self, name: str) -> Place:
        """Makes a database as a project without tenants has it: migrated, and without an identity."""
        place = Place.of(template_record()._replace(database=name), name)
        engine = engine_of(place)
        with engine.making(place, _TOKEN) as fresh, fresh.in_its_place():
            migrate(fresh.alias)
        engine.release(place, _TOKEN)
        self.addCleanup(engine.drop, place)
        with place.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO conferences_registration (conference_id, email, created_at) "
                "VALUES ('C', 'From before', '2026-01-01 00:00:00')"
            )
        return place

    def old_rows(self) -> list[tuple[str, ...]]:
        return self.ask("SELECT email FROM conferences_registration")

    def ask(self, statement: str) -> list[tuple[str, ...]]:
        with self.place.connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def tables(self) -> set[str]:
        with self.place.connect() as connection:
            return {*connection.introspection.table_names()}

    def adopt(self, *words: str) -> str:
        out = StringIO()
        options = words or ("--database", self.old, "--yes")
        call_command("adopt_tenant", self.name, *options, stdout=out, stderr=StringIO())
        return out.getvalue()

    def refusal(self, *words: str) -> str:
        with self.assertRaises(CommandError) as caught:
            self.adopt(*words)
        return str(caught.exception)

    def texts(self) -> list[str]:
        with tenant_context(self.name):
            return [each.email for each in Registration.objects.all()]


class Adopting(AdoptingTest):
    def test_the_old_database_is_the_tenants_and_has_its_rows(self) -> None:
        said = self.adopt()
        self.assertIn(
            f"{self.name} is ready: host {self.name}.testserver, database {self.old}", said
        )
        self.assertEqual(self.texts(), ["From before"])
        row = Tenant.objects.get(name=self.name)
        self.assertEqual((row.state, row.command, row.adopted), ("ready", "", self.old))
        self.assertIn(f"folder {row.uuid}/ of the storage", said)
        with tenant_context(self.name):
            Registration.objects.create(conference_id="C", email="since@example.com")
        self.assertEqual(len(self.old_rows()), 2)

    def test_it_gets_the_migrations_that_it_lacks(self) -> None:
        self.ask("DELETE FROM django_migrations WHERE app = 'conferences'")
        self.ask("DROP TABLE conferences_registration")
        said = self.adopt()
        self.assertIn("Migrations that it lacks: conferences.0001", said)
        self.assertIn("conferences_registration", self.tables())

    def test_the_plan_changes_nothing(self) -> None:
        before = self.tables()
        said = self.refusal("--database", self.old)
        self.assertIn("Stop what else uses it, and make a backup. There is no terminal", said)
        self.assertEqual(self.tables(), before)
        self.assertFalse(Tenant.objects.filter(name=self.name).exists())

    def test_a_killed_run_goes_on_and_nothing_else_touches_the_database(self) -> None:
        with (
            patch.object(adopting, "migrate", side_effect=KeyboardInterrupt),
            self.assertRaisesRegex(CommandError, "Stopped"),
        ):
            self.adopt()
        with self.assertRaisesRegex(
            Exception, f"Run adopt_tenant {self.name} --database {self.old} again"
        ):
            drop(self.name)
        self.assertRegex(
            self.refusal("--database", "another", "--yes"), f"was started with {self.old}"
        )
        self.adopt()
        self.assertEqual(self.texts(), ["From before"])

    def test_a_failed_migration_is_told_and_can_be_given_back(self) -> None:
        failing = patch.object(adopting, "migrate", side_effect=DatabaseError("no more space"))
        with failing:
            said = self.refusal()
        self.assertIn(
            f"is not the database of '{self.name}' yet: no more space. Run adopt_tenant", said
        )
        self.assertIn("has all its rows", self.adopt("--back", "--yes", "--wait=0"))
        self.assertFalse(Tenant.objects.filter(name=self.name).exists())
        self.assertNotIn(IDENTITY_TABLE, self.tables())

    def test_the_way_back_leaves_the_database_to_others(self) -> None:
        before = self.tables()
        self.adopt()
        connections[self.name.upper()].close()
        said = self.adopt("--back", "--yes", "--wait=0")
        self.assertEqual(said, f"{self.name} is forgotten. {self.old} has all its rows.\n")
        self.assertEqual((self.tables(), self.old_rows()), (before, [("From before",)]))
        self.ask("UPDATE conferences_registration SET email = 'Written again'")
        with self.assertRaises(UnknownDatabase), tenant_context(self.name):
            pass

    def test_what_is_done_to_tenants_is_done_to_an_adopted_one(self) -> None:
        self.adopt()
        connections[self.name.upper()].close()
        call_command("suspend_tenant", self.name, stdout=StringIO())
        call_command("resume_tenant", self.name, stdout=StringIO())
        dump = str(Path(self.folder) / "dump.zip")
        call_command("dump_tenant", self.name, dump, stdout=StringIO(), stderr=StringIO())
        self.assertEqual(self.texts(), ["From before"])
        connections[self.name.upper()].close()
        drop(self.name)
        self.assertFalse(engine_of(self.place).exists(self.place))


class Refusals(AdoptingTest):
    def test_what_is_no_database_of_the_project_before(self) -> None:
        self.assertRegex(
            self.refusal("--database", "nowhere", "--yes"), "There is no database '(test_)?nowhere'"
        )
        self.ask("DROP TABLE django_migrations")
        self.assertRegex(self.refusal(), "does not fit: it has no table django_migrations")

    def test_tables_that_do_not_fit(self) -> None:
        self.ask("ALTER TABLE conferences_registration RENAME COLUMN email TO address")
        self.assertRegex(
            self.refusal(), "does not fit: the table conferences_registration has no column email"
        )

    def test_a_table_whose_migration_is_not_recorded(self) -> None:
        self.ask("DELETE FROM django_migrations WHERE app = 'conferences'")
        self.assertRegex(
            self.refusal(), r"conferences\.0001_\w+, which makes it \(migrate conferences"
        )

    def test_another_tenants(self) -> None:
        self.adopt()
        owner, self.name = self.name, f"{self.name}b"
        try:
            with self.subTest("by the catalog"):
                self.assertRegex(self.refusal(), f"is the database of tenant '{owner}' already")
            with self.subTest("by what it says of itself"):
                Tenant.objects.filter(name=owner).update(database="elsewhere")
                self.assertRegex(
                    self.refusal(), f"says that it is the database of tenant '{owner}'"
                )
        finally:
            self.name = owner
            Tenant.objects.filter(name=owner).update(database=self.old)

    def test_a_name_that_a_tenant_has(self) -> None:
        self.adopt()
        self.assertRegex(self.refusal(), f"There is a tenant '{self.name}' already")

    def test_a_catalog(self) -> None:
        self.ask("CREATE TABLE manydb_tenants_tenant (id int)")
        self.ask("INSERT INTO manydb_tenants_tenant VALUES (1)")
        self.assertRegex(self.refusal(), "holds a catalog of tenants")

    def test_the_database_of_default_whatever_its_address(self) -> None:
        """As behind another host name: the row that was written a moment ago is in it."""

        self.ask("CREATE TABLE manydb_tenants_tenant (id int)")
        with patch.object(adopting, "_count", side_effect=[0, 0, 1]):
            self.assertRegex(
                self.refusal(), "is the database of default. Give default another NAME"
            )
        self.assertFalse(Tenant.objects.filter(name=self.name).exists())

    def test_the_database_of_an_alias_that_is_no_tenants(self) -> None:
        name = self.place.file if connections["default"].vendor == "sqlite" else self.place.name
        entry = {**self.place.settings, "NAME": name, "ROLE": "shared", "TENANT": None}
        shared = patch.dict(connections.settings, {"reports": entry})
        with shared:
            self.assertRegex(self.refusal(), "is the database of an alias that is not a tenant's")

    def test_another_tenants_database_of_the_list(self) -> None:
        listed = str(connections.settings.prefix) + "acme"  # type: ignore[attr-defined]
        self.assertRegex(
            self.refusal("--database", listed, "--yes"), "is the database of tenant 'acme' already"
        )

    def test_a_tenant_with_a_database_of_its_own(self) -> None:
        create(self.name)
        self.assertRegex(self.refusal(), f"There is a tenant '{self.name}' already")
        self.assertRegex(self.refusal("--back", "--yes"), "was not made by adopt_tenant")
