"""The project's commands: what they print, and when their exit code is not 0."""

import json
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import SimpleTestCase, TestCase, TransactionTestCase


def output_of(*command: str, **options: Any) -> str:
    out = StringIO()
    call_command(*command, stdout=out, stderr=out, **options)
    return out.getvalue()


class Databases(TestCase):
    databases = "__all__"

    def test_every_alias_has_a_row(self) -> None:
        rows = {row["alias"]: row for row in json.loads(output_of("databases", "--json"))}
        self.assertEqual(list(rows), list(connections))
        self.assertEqual({row["reachable"] for row in rows.values()}, {True})
        self.assertEqual(rows["TESTCLIENT"]["tenant"], "testclient")
        self.assertEqual(rows["TESTCLIENT"]["role"], "primary")
        self.assertEqual(rows["TESTCLIENT"]["pending"], 0)
        self.assertEqual(rows["TESTCLIENT_RO"]["role"], "replica")

    def test_the_table_says_the_same(self) -> None:
        heading, *rows = output_of("databases").splitlines()
        self.assertEqual(heading.split()[:2], ["alias", "role"])
        self.assertEqual([row.split()[0] for row in rows], list(connections))


class MigrateDatabases(TransactionTestCase):
    """``TestCase`` would run migrations inside its own transaction, where SQLite can't run them."""

    databases = {"default", "TESTCLIENT"}

    def run_here(self, *options: str) -> str:
        aliases = [part for alias in sorted(self.databases) for part in ("--only", alias)]
        return output_of("migrate_databases", *aliases, *options)

    def forget_migration(self, alias: str) -> None:
        """Makes it look as if it had never run: running it again fails, as its table is there."""
        recorder = MigrationRecorder(connections[alias])
        recorder.record_unapplied("sessions", "0001_initial")
        self.addCleanup(recorder.record_applied, "sessions", "0001_initial")

    def test_nothing_is_done_to_a_database_that_is_up_to_date(self) -> None:
        self.assertEqual(
            self.run_here().splitlines(), ["default: up to date", "TESTCLIENT: up to date"]
        )
        self.run_here("--check")

    def test_plan_shows_what_is_missing_and_changes_nothing(self) -> None:
        self.forget_migration("default")
        for _ in range(2):
            plan = self.run_here("--plan")
            self.assertIn("default: lacks 1 migrations\n    sessions.0001_initial\n", plan)
            self.assertIn("TESTCLIENT: up to date", plan)

    def test_check_fails_if_anything_is_missing(self) -> None:
        self.forget_migration("default")
        with self.assertRaisesRegex(CommandError, "1 of 2 databases lack migrations: default"):
            self.run_here("--check")

    def test_a_migration_that_fails_is_named_and_the_other_databases_go_on(self) -> None:
        self.forget_migration("default")
        out = StringIO()
        with self.assertRaisesRegex(CommandError, "1 of 2 .*: default") as raised:
            call_command(
                "migrate_databases", only=["default", "TESTCLIENT"], stdout=out, stderr=out
            )
        self.assertEqual(raised.exception.returncode, 1)
        self.assertRegex(out.getvalue(), "default: .*django_session.* already exists")
        self.assertIn("TESTCLIENT: up to date", out.getvalue())

    def test_a_wrong_name_is_refused_with_the_right_ones(self) -> None:
        for wrong in ("NOBODY", "testclient", "TESTCLIENT_RO"):
            with self.subTest(wrong), self.assertRaisesRegex(CommandError, f"{wrong}.*TESTCLIENT"):
                output_of("migrate_databases", "--only", wrong)


class Bootstrap(SimpleTestCase):
    def test_it_is_for_development_only(self) -> None:
        with self.assertRaisesRegex(CommandError, "migrate_databases"):
            output_of("bootstrap")
