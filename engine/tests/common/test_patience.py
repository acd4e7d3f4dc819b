"""Statements of ``inspect_legacy`` have so many seconds and no more, and what comes after them has all it had."""

from django.db import connection
from django.test import TestCase

from manydb.legacy.deadline import TookTooLong, within

_COUNTED = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT count(*) FROM n"
ENDLESS = {
    "sqlite": _COUNTED.format(10**12),
    "postgresql": "SELECT pg_sleep(100)",
    "mysql": "SELECT count(*) FROM {0} a, {0} b, {0} c".format("information_schema.columns"),
}
LONGER = {
    "sqlite": _COUNTED.format(10**6),
    "postgresql": "SELECT pg_sleep(0.3)",
    "mysql": "SELECT SLEEP(0.3)",
}
SECONDS = 0.2


class Patience(TestCase):
    def ask(self, sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.fetchall()

    def test_what_takes_too_long_is_ended_and_what_follows_is_not(self) -> None:
        with self.assertRaises(TookTooLong), within(connection, SECONDS):
            self.ask(ENDLESS[connection.vendor])
        self.ask(LONGER[connection.vendor])

    def test_what_follows_a_quick_one_has_its_time_as_well(self) -> None:
        with within(connection, SECONDS):
            self.ask("SELECT 1")
        self.ask(LONGER[connection.vendor])
