"""``migrate_databases``: what it does in which order, and what a failure stops."""

import signal
from io import StringIO
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from django.core.management import CommandError, call_command
from django.db import OperationalError, connections
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import post_migrate, pre_migrate
from django.test import SimpleTestCase, TransactionTestCase

from engine.tests.names import OTHER_ALIAS
from manydb.core import disk_migrations
from manydb.core.members import Member
from manydb.fleet import outcome, rollout
from manydb.fleet.shards import Shard

REFUSED = {
    "--shard 5/4": "--shard: '5/4' is not a shard; use for example 1/4.",
    "--shard 0/3": "--shard: '0/3' is not a shard; use for example 1/4.",
    "--shard 2": "--shard: '2' is not a shard; use for example 1/4.",
    "--shard job/3": "--shard: 'job/3' needs JOB_COMPLETION_INDEX or AWS_BATCH_JOB_ARRAY_INDEX",
    "--jobs 0": "--jobs: '0' is not a number from 1. Use for example 4.",
    "--wait soon": "--wait: 'soon' is not a number from 1. Use for example 4.",
    "--canary 0": "--canary: '0' is not a number from 1. Use for example 4.",
    "--canary NOBODY": "--canary: 'NOBODY' is not a tenant of --only ",
    "--plan --check": "--check: not allowed with argument --plan",
    "--fake": "--fake records migrations that did not run. Name the app: APP MIGRATION --fake.",
    "nowhere zero": "'nowhere' is not an app with migrations. Use one of ",
    "sessions 0009": "sessions has no single migration '0009'. Use one of 0001_initial or zero.",
}


class MigrateDatabases(TransactionTestCase):
    """``TestCase`` would run migrations inside its own transaction, where SQLite can't run them."""

    databases = {"default", "TESTCLIENT", OTHER_ALIAS}

    def setUp(self) -> None:
        self.out = StringIO()

    def run_here(self, *options: str) -> list[str]:
        """The lines that the command prints; those of a run that fails are in ``self.out``."""
        aliases = [part for alias in sorted(self.databases) for part in ("--only", alias)]
        call_command("migrate_databases", *aliases, *options, stdout=self.out, stderr=self.out)
        lines = self.out.getvalue().splitlines()
        self.out.truncate(self.out.seek(0))
        return lines

    def forget_migration(self, alias: str) -> None:
        """Makes it look as if it had never run."""
        recorder = MigrationRecorder(connections[alias])
        recorder.record_unapplied("sessions", "0001_initial")
        self.addCleanup(recorder.record_applied, "sessions", "0001_initial")

    def break_migration(self, alias: str) -> None:
        """Makes the next run fail there: what it runs first needs something that isn't noted."""
        recorder = MigrationRecorder(connections[alias])
        recorder.record_unapplied("contenttypes", "0001_initial")
        self.addCleanup(recorder.record_applied, "contenttypes", "0001_initial")

    def test_nothing_is_done_to_a_database_that_is_up_to_date(self) -> None:
        *each, last = self.run_here()
        self.assertEqual(each, [f"{alias}: up to date" for alias in self.in_order()])
        self.assertEqual(last, "In all: 3 current.")
        self.run_here("--check")

    def in_order(self) -> list[str]:
        return ["default", *sorted({"TESTCLIENT", OTHER_ALIAS})]

    def test_plan_shows_what_is_missing_and_changes_nothing(self) -> None:
        self.forget_migration("TESTCLIENT")
        for _ in range(2):
            plan = "\n".join(self.run_here("--plan"))
            self.assertIn("TESTCLIENT: nothing changes, 1 migration is only recorded", plan)
            self.assertNotIn("sessions", plan)
            self.assertIn(f"{OTHER_ALIAS}: up to date", plan)

    def test_plan_names_what_a_database_gets_and_nothing_else(self) -> None:
        self.forget_migration("default")
        plan = self.run_here("--plan")
        start = plan.index("default: 1 migration changes it")
        self.assertEqual(
            plan[start + 1 : start + 3],
            ["    sessions.0001_initial", "        Create model Session"],
        )

    def test_check_fails_if_anything_is_missing(self) -> None:
        self.forget_migration("default")
        with self.assertRaisesRegex(CommandError, "1 of 3 databases lack migrations: default"):
            self.run_here("--check")

    def test_what_is_missing_is_applied_and_the_rest_left_alone(self) -> None:
        self.forget_migration("TESTCLIENT")
        self.assertIn("TESTCLIENT: applied 1 migration", self.run_here())
        self.assertEqual(self.run_here()[-1], "In all: 3 current.")

    def test_a_tenant_that_fails_is_named_and_the_others_go_on(self) -> None:
        self.break_migration("TESTCLIENT")
        self.forget_migration(OTHER_ALIAS)
        with self.assertRaisesRegex(CommandError, "1 of 3 .* failed: TESTCLIENT.") as raised:
            self.run_here()
        self.assertEqual(raised.exception.returncode, 1)
        self.assertIn("TESTCLIENT: InconsistentMigrationHistory", self.out.getvalue())
        self.assertIn(f"{OTHER_ALIAS}: applied 1 migration", self.out.getvalue())

    def test_a_shared_database_that_fails_keeps_every_tenant_as_it_is(self) -> None:
        self.forget_migration("default")  # whose table is there: making it again fails
        with self.assertRaisesRegex(CommandError, "failed: default. No tenant was touched."):
            self.run_here()
        self.assertRegex(self.out.getvalue(), "default: .*django_session.* already exists")
        self.assertNotIn("TESTCLIENT", self.out.getvalue())

    def test_a_canary_that_fails_keeps_the_others_as_they_are(self) -> None:
        self.break_migration("TESTCLIENT")
        self.forget_migration(OTHER_ALIAS)
        with self.assertRaisesRegex(CommandError, "failed: TESTCLIENT. The other tenants"):
            self.run_here("--canary", "TESTCLIENT")
        self.assertNotIn(OTHER_ALIAS, self.out.getvalue())

    def test_a_canary_comes_first_and_once(self) -> None:
        last = max({"TESTCLIENT", OTHER_ALIAS})
        *each, _ = self.run_here("--canary", last, "--canary", "1")
        order = ["default", last, *sorted({"TESTCLIENT", OTHER_ALIAS} - {last})]
        self.assertEqual(each, [f"{alias}: up to date" for alias in order])

    def test_so_many_canaries_are_so_many_that_can_be_migrated(self) -> None:
        tenants = [Member("A", "it is moving"), Member("B"), Member("C")]
        self.assertEqual(list(rollout._canaries(["1"], tenants)), tenants[1:2])

    def test_only_what_is_named_is_looked_at(self) -> None:
        call_command("migrate_databases", "--only", "TESTCLIENT", stdout=self.out)
        said = self.out.getvalue()
        self.assertEqual(said, "TESTCLIENT: up to date\nIn all: 1 current.\n")

    def test_an_error_is_one_line_without_the_password(self) -> None:
        error = OperationalError("no way in\nwith s3cret")
        settings = connections.settings["TESTCLIENT"]
        with (
            patch.object(outcome, "pending_directly", side_effect=error),
            patch.dict(settings, PASSWORD="s3cret"),
        ):
            said = outcome.pending_of(Member("TESTCLIENT")).error
        self.assertEqual(said, "OperationalError: no way in with ***")

    def test_migrations_that_branch_are_said_to_and_nothing_is_done(self) -> None:
        self.forget_migration("TESTCLIENT")
        disk_migrations.forget()
        branches = patch.object(MigrationLoader, "detect_conflicts", return_value={"blog": ["a"]})
        with branches, self.assertRaisesRegex(CommandError, "failed: TESTCLIENT"):
            self.run_here()
        self.assertIn("Conflicting migrations in blog: run", self.out.getvalue())

    def test_what_a_squashed_migration_replaces_is_not_missing_and_it_is_itself(self) -> None:
        part, squashed = ("blog", "0001_initial"), ("blog", "0001_squashed_0002")
        migrations = {part: Migration(*part[::-1]), squashed: Migration(*squashed[::-1])}
        migrations[squashed].replaces = [part]
        on_disk = SimpleNamespace(disk_migrations=migrations)
        with patch.object(disk_migrations, "on_disk", return_value=on_disk):
            self.assertEqual(disk_migrations.missing({squashed}), [])
            self.assertEqual(disk_migrations.missing({part}), [squashed])

    def test_a_tenant_has_the_signals_of_djangos_own_command(self) -> None:
        heard = set()

        def hear(signal: object, using: str, apps: Any, plan: object, **kwargs: object) -> None:
            # As the migrations have it; what a package adds to a model without one is not there.
            model = apps.get_model("contenttypes", "ContentType")
            heard.add((signal, using, model.__module__))

        for each in (pre_migrate, post_migrate):
            each.connect(hear)
            self.addCleanup(each.disconnect, hear)
        self.forget_migration("TESTCLIENT")
        self.run_here()
        for each in (pre_migrate, post_migrate):
            self.assertIn((each, "TESTCLIENT", "__fake__"), heard)
        self.assertEqual(len(heard), 2)

    def test_signals_mean_afterwards_what_they_meant_before(self) -> None:
        before = signal.getsignal(signal.SIGTERM)
        self.run_here()
        self.assertIs(signal.getsignal(signal.SIGTERM), before)

    def test_a_tenant_is_named_in_either_case(self) -> None:
        for name in ("testclient", "TestClient"):
            call_command("migrate_databases", "--only", name, "--canary", name, stdout=self.out)
        self.assertEqual(self.out.getvalue().count("TESTCLIENT: up to date"), 2)

    def test_one_app_goes_back_and_forwards_in_every_database(self) -> None:
        self.addCleanup(self.run_here, "sessions")
        for words, said, has_table in (
            ("sessions zero --plan", "would take back 1 migration", True),
            ("sessions zero --check", "would take back 1 migration", True),
            ("sessions zero", "took back 1 migration", False),
            ("sessions zero", "up to date", False),
            ("sessions --check", "lacks 1 migration", False),
            ("sessions", "applied 1 migration", True),
            ("sessions zero --fake", "recorded that it took back 1 migration", True),
            ("sessions 0001 --fake", "recorded that it applied 1 migration", True),
            ("sessions", "up to date", True),
        ):
            try:
                lines = self.run_here(*words.split())
            except CommandError:  # of --check
                lines = self.out.getvalue().splitlines()
                self.out.truncate(self.out.seek(0))
            expected = [f"{alias}: {said}" for alias in self.in_order()]
            self.assertEqual(lines[: len(expected)], expected, words)
            self.assertEqual("lack migrations" in lines[-1], "lacks" in said, words)
            self.assertEqual("to take back" in lines[-1], "would" in said, words)
            tables = connections["default"].introspection.table_names()
            self.assertEqual("django_session" in tables, has_table, words)

    def test_a_wrong_name_is_refused_with_the_right_ones(self) -> None:
        for option in ("--only", "--canary"):
            for wrong in ("NOBODY", "TESTCLIENT_RO"):
                with (
                    self.subTest(option=option, wrong=wrong),
                    self.assertRaisesRegex(CommandError, f"{option}: '{wrong}'.*TESTCLIENT"),
                ):
                    self.run_here(option, wrong)

    def test_what_can_not_be_is_refused_before_anything_is_done(self) -> None:
        for words, sentence in REFUSED.items():
            with self.subTest(words), self.assertRaisesMessage(CommandError, sentence):
                self.run_here(*words.split())
            self.assertEqual(self.out.getvalue(), "")


class Shards(SimpleTestCase):
    def test_each_tenant_is_in_one_and_stays_there_when_others_are_added(self) -> None:
        shards = [Shard.parse(f"{part}/3") for part in (1, 2, 3)]
        for number in range(300):
            self.assertEqual(sum(f"T{number}" in shard for shard in shards), 1)
        sizes = [sum(f"T{number}" in shard for number in range(300)) for shard in shards]
        self.assertGreater(min(sizes), 60)
