"""A command that was killed: its row says in columns how far it came, and what is told about it comes from them."""

import json
from io import StringIO
from unittest.mock import patch

from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import SimpleTestCase, TestCase, override_settings

from manydb.tenants import servers
from manydb.tenants.lifecycle import creation
from manydb.tenants.lifecycle.next_step import command_line, next_step
from manydb.tenants.models import Tenant

from .new import NewTenantTest


class NextSteps(SimpleTestCase):
    def test_each_command_is_named_as_it_is_typed(self) -> None:
        lines = {
            "create": "create_tenant initech",
            "clone": "clone_tenant acme initech",
            "restore": "restore_tenant FILE --name initech",
            "replace": "restore_tenant FILE --name initech --replace",
            "move": "move_tenant initech --to eu",
            "move_back": "move_tenant initech --back",
            "drop": "drop_tenant initech",
            "migrate": "migrate_databases --only INITECH",
            "adopt": "adopt_tenant initech --database old",
            "adopt_back": "adopt_tenant initech --back",
        }
        self.assertEqual(set(lines), set(Tenant.Command.values))
        for command, line in lines.items():
            with self.subTest(command):
                row = Tenant(name="initech", command=command, source="acme", other_server="eu")
                row.database = "old"
                self.assertEqual(command_line(row), line)
                self.assertTrue(next_step(row).startswith(f"Run {line} again to continue"))

    def test_the_way_back_is_named_where_there_is_one(self) -> None:
        ways = {
            ("create", "creating"): ", or drop_tenant initech to remove what exists of it.",
            (
                "move",
                "moving",
            ): ", or resume_tenant initech to serve it from the database that it has.",
            (
                "drop",
                "suspended",
            ): ", or resume_tenant initech to serve it from the database that it has.",
            ("drop", "dropping"): "again to continue.",
            ("migrate", "ready"): "again to continue.",
            (
                "adopt",
                "creating",
            ): ", or adopt_tenant initech --back to leave the database as it was.",
            ("", "failed"): "Run drop_tenant initech to remove what exists of it.",
        }
        for (command, state), end in ways.items():
            with self.subTest(command=command, state=state):
                row = Tenant(name="initech", command=command, state=state)
                self.assertTrue(next_step(row).endswith(end), next_step(row))


class Listed(TestCase):
    def listed(self, *options: str) -> str:
        call_command("list_tenants", *options, stdout=(out := StringIO()))
        return out.getvalue()

    def test_what_is_unfinished_is_shown_with_the_next_step(self) -> None:
        Tenant.objects.create(
            name="initech",
            database="initech",
            state="moving",
            command="move",
            phase="copying",
            run="3f2a91b0",
            state_before="ready",
            other_server="eu",
            other_database="there",
        )
        self.assertIn(
            "initech: move_tenant initech --to eu has not finished (phase: copying). Run move_tenant initech "
            "--to eu again to continue, or resume_tenant initech to serve it from the database that it has.\n",
            self.listed(),
        )
        (row,) = (row for row in json.loads(self.listed("--json")) if row["name"] == "initech")
        self.assertEqual(
            row["unfinished"],
            {
                "command": "move_tenant initech --to eu",
                "phase": "copying",
                "run": "3f2a91b0",
                "state_before": "ready",
            },
        )

    def test_of_a_tenant_that_no_command_works_on_there_is_nothing_to_say(self) -> None:
        Tenant.objects.create(name="initech", database="initech", state="ready")
        (row,) = (row for row in json.loads(self.listed("--json")) if row["name"] == "initech")
        self.assertEqual((row["unfinished"], row["next"]), (None, ""))


@override_settings(TENANT_SERVERS={"eu": {}})
class Placing(NewTenantTest):
    def test_where_the_settings_can_not_place_a_tenant_no_row_is_left(self) -> None:
        with (
            patch.object(servers, "_placed", side_effect=ImproperlyConfigured("no DIRECT")),
            self.assertRaisesMessage(ImproperlyConfigured, "no DIRECT"),
        ):
            creation.create(self.name, server="eu")
        self.assertFalse(Tenant.objects.filter(name=self.name).exists())
