"""The project's commands: what they print, and when their exit code is not 0."""

import json
import sys
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import SimpleTestCase, TestCase, override_settings

from manydb.fleet.command_checks import check_own_migrate


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


class OwnMigrate(SimpleTestCase):
    databases = "__all__"  # apps are made ready again, and would unwrap what Django refuses others

    def test_a_command_migrate_of_an_app_is_named(self) -> None:
        with TemporaryDirectory() as folder, patch.object(sys, "path", [folder, *sys.path]):
            commands = Path(folder, "with_users/management/commands")
            commands.mkdir(parents=True)
            (commands.parents[1] / "__init__.py").touch()
            (commands / "migrate.py").touch()
            with override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS, "with_users"]):
                (found,) = check_own_migrate(None)
            del sys.modules["with_users"]
        self.assertIn("with_users has a command migrate of its own", found.msg)
        hint = "run python manage.py .*migrate .*after migrate_databases"
        self.assertRegex(str(found.hint), hint)

    def test_djangos_own_and_ours_are_not(self) -> None:
        self.assertEqual(check_own_migrate(None), [])


class Bootstrap(SimpleTestCase):
    def test_it_is_for_development_only(self) -> None:
        with self.assertRaisesRegex(CommandError, "deploy_databases"):
            output_of("bootstrap")
