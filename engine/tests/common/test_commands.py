"""The project's commands: what they print, and when their exit code is not 0."""

import json
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command
from django.db import connections
from django.test import SimpleTestCase, TestCase


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


class Bootstrap(SimpleTestCase):
    def test_it_is_for_development_only(self) -> None:
        with self.assertRaisesRegex(CommandError, "deploy_databases"):
            output_of("bootstrap")
