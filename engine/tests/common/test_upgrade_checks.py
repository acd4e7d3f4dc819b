"""What ``check --database`` says of servers and of the engine's own tables after an upgrade, or half of one."""

from unittest.mock import patch

from django.apps import apps
from django.core.checks import Tags, run_checks
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import TestCase

from manydb.core import upgrade_checks
from manydb.core.disk_migrations import on_disk
from manydb.core.placement import shared_alias


class UpgradeChecks(TestCase):
    databases = {shared_alias()}

    def found(self) -> dict[str, str]:
        messages = run_checks(tags=[Tags.database], databases=[shared_alias()])
        return {each.id: each.msg for each in messages if str(each.id).startswith("manydb.")}

    def test_each_kind_of_server_says_whether_it_was_tried(self) -> None:
        cases = {
            ("PostgreSQL", (19, 1)): "PostgreSQL 19, which is newer than",
            ("PostgreSQL", (14, 9)): "PostgreSQL 14, which is older than",
            ("PostgreSQL", (15, 0)): "",
            ("PostgreSQL", (18, 4)): "",
            ("MariaDB", (12, 0, 2)): "MariaDB 12.0, which is newer than",
            ("MariaDB", (10, 6, 1)): "MariaDB 10.6, which is older than",
            ("MariaDB", (11, 8, 3)): "",
            ("MySQL", (8, 0, 40)): "MySQL 8.0, which is older than",
            ("MySQL", (9, 7, 4)): "",
            ("SQLite", (3, 99)): "",
        }
        for server, said in cases.items():
            with (
                self.subTest(server),
                patch.object(upgrade_checks, "server_of", return_value=server),
            ):
                found = self.found()
                self.assertIn(said, found.get("manydb.W018", ""))
                self.assertEqual("manydb.W018" in found, bool(said))

    def test_the_server_of_these_tests_was_tried(self) -> None:
        self.assertNotIn("manydb.W018", self.found())
        connection = connections[shared_alias()]
        name, version = upgrade_checks.server_of(connection)
        self.assertEqual(name.lower() in ("mariadb", "mysql"), connection.vendor == "mysql")
        self.assertGreater(version, (3,))

    def test_tables_of_a_newer_or_an_older_version_are_named(self) -> None:
        self.assertFalse({"manydb.E016", "manydb.W017"} & {*self.found()})
        recorder = MigrationRecorder(connections[shared_alias()])
        recorder.record_applied("manydb_tenants", "9999_from_the_future")
        self.assertIn(
            "manydb_tenants.9999_from_the_future is not here", self.found()["manydb.E016"]
        )
        recorder.record_unapplied("manydb_tenants", "9999_from_the_future")
        if not apps.is_installed("manydb.tenants"):
            return  # the engine has no tables of its own
        first = min(key for key in on_disk().disk_migrations if key[0] == "manydb_tenants")
        recorder.record_unapplied(*first)
        self.assertIn(f"{first[0]}.{first[1]} is missing", self.found()["manydb.W017"])

    def test_tenants_that_are_behind_are_counted(self) -> None:
        if not apps.is_installed("manydb.tenants"):
            self.assertNotIn("manydb.W222", self.found())
            return
        tenants = apps.get_model("manydb_tenants", "Tenant").objects.using(shared_alias())
        tenants.create(name="old", database="old", state="ready", fingerprint="of another code")
        self.assertIn(
            "tenants have other migrations than this code, such as 'old'",
            self.found()["manydb.W222"],
        )

    def test_other_checks_ask_no_database(self) -> None:
        with self.assertNumQueries(0, using=shared_alias()):
            upgrade_checks.check_servers(None)
            upgrade_checks.check_catalog(None)
