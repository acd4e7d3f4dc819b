"""A role of PostgreSQL behind a pooler has deadlines, for no connection can say them."""

from typing import Any
from unittest import mock, skipUnless

from django.db import connection, connections
from django.test import SimpleTestCase, TestCase

from manydb.core import deadlines
from manydb.core.deadline_checks import check_role_deadlines

POOLED = {"POOLER": "pgbouncer", "DEADLINES": deadlines.of_requests(), "USER": "app"}


class WhatARoleNeeds(SimpleTestCase):
    def test_it_is_what_requests_need_behind_a_pooler(self) -> None:
        wanted = {"statement_timeout": 15_000, "lock_timeout": 5_000}
        self.assertEqual(deadlines.of_role(POOLED), wanted)
        self.assertEqual(
            deadlines.of_role(POOLED, reader=True), wanted | {"statement_timeout": 9_000}
        )
        self.assertEqual(deadlines.of_role(POOLED | {"POOLER": None}), {})
        self.assertEqual(deadlines.of_role({"POOLER": "pgbouncer"}), {})
        no_limit = POOLED | {"DEADLINES": deadlines.of_requests(0)}
        self.assertEqual(deadlines.of_role(no_limit), {"lock_timeout": 5_000})


class RoleDeadlines(TestCase):
    def found(self, **entry: Any) -> list[str]:
        settings = {**connections.settings["default"], **entry}
        with mock.patch.dict(connections.settings, default=settings):
            return [
                f"{each.id}: {each.msg} {each.hint}"
                for each in check_role_deadlines(None, ["default"])
            ]

    def test_without_a_pooler_there_is_nothing_to_look_for(self) -> None:
        self.assertEqual(self.found(), [])
        self.assertEqual(check_role_deadlines(None), [])

    @skipUnless(connection.vendor == "postgresql", "Roles of PostgreSQL.")
    def test_a_role_without_them_is_reported_with_the_statements(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL lock_timeout = '3s'")
        (found,) = self.found(**POOLED)
        self.assertRegex(found, "^manydb.W114: default: the role app has no statement_timeout, and")
        self.assertIn("ALTER ROLE app SET statement_timeout = '15000ms';", found)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '9s'")
        self.assertEqual(self.found(**POOLED), [])
