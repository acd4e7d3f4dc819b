"""Commands take any tenant of the catalog as ``--database``, on the command line and from ``call_command``."""

from argparse import Action
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import (
    BaseCommand,
    CommandError,
    call_command,
    get_commands,
    load_command_class,
)
from django.db import connections
from django.test import SimpleTestCase, TestCase

from manydb.tenants.lifecycle.creation import create
from manydb.tenants.models import Tenant

from .new import NewTenantTest


class CommandLine(TestCase):
    def options(self) -> list[tuple[str, Action]]:
        """``--database`` of every command that has it and lets choose."""
        return [
            (name, action)
            for name, app in get_commands().items()
            for action in load_command_class(app, name).create_parser("manage.py", name)._actions
            if "--database" in action.option_strings and action.choices is not None
        ]

    def test_every_command_knows_the_tenants_of_the_catalog(self) -> None:
        Tenant.objects.create(name="newcomer", database="newcomer", state="ready")
        self.assertGreater(len(self.options()), 8)
        for name, action in self.options():
            with self.subTest(name):
                self.assertIn("NEWCOMER", action.choices)
                self.assertNotIn("NOBODY", action.choices)
                self.assertLessEqual(set(connections), set(action.choices))


PLAIN = {
    "force_color": False,
    "no_color": True,
    "skip_checks": True,
    "stdout": None,
    "stderr": None,
}


class Attic(BaseCommand):
    """A command of others, whose ``--database`` is a file."""

    def handle(self, *args: Any, **options: Any) -> str:
        return str(options["database"])


class CallsOfOthers(SimpleTestCase):
    def test_a_database_that_is_no_alias_is_left_to_the_command(self) -> None:
        for given in (Path("Chinook.sqlite3"), "Chinook.sqlite3", "chinook.sqlite3", None):
            with self.subTest(given):
                command = Attic(stdout=StringIO())
                said = command.execute(database=given, **PLAIN)
                self.assertEqual(said, str(given))


class Calls(NewTenantTest):
    def test_from_code_too_open_or_not(self) -> None:
        create(self.name)
        alias = self.name.upper()
        for words, named in (
            ([f"--database={alias}"], {}),
            (["--database", alias], {}),
            ([], {"database": alias}),
        ):
            with self.subTest(words or named):
                connections[alias].close()
                call_command("migrate", *words, **named, stdout=(out := StringIO()))
                self.assertIn("No migrations to apply", out.getvalue())
        with self.assertRaisesRegex(CommandError, "invalid choice: 'NOBODY'"):
            call_command("migrate", "--database=NOBODY")

    def test_djangos_own_take_a_tenant_of_the_catalog(self) -> None:
        create(self.name)
        alias = self.name.upper()
        for command, *words in (
            ("check",),
            ("showmigrations", "--plan"),
            ("sqlflush",),
        ):
            with self.subTest(command):
                call_command(command, f"--database={alias}", *words, stdout=StringIO())
                with self.assertRaisesRegex(CommandError, "invalid choice: 'NOBODY'"):
                    call_command(command, "--database=NOBODY", *words)
