"""A migration that does not get its lock in time tries again, on servers."""

from typing import Any
from unittest import mock, skipIf

from django.conf import settings
from django.db import OperationalError, connections
from django.test import TransactionTestCase

from manydb.core import lock_retries
from manydb.fleet import migrate

ON_SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
SOON = {"postgresql": "SET lock_timeout = '50ms'", "mysql": "SET SESSION lock_wait_timeout = 1"}
HOLD = {"postgresql": "BEGIN; LOCK TABLE locked_rows", "mysql": "LOCK TABLES locked_rows WRITE"}
LET_GO = {"postgresql": "ROLLBACK", "mysql": "UNLOCK TABLES"}
STEP = "ALTER TABLE locked_rows ADD COLUMN n int"


@skipIf(ON_SQLITE, "SQLite has one lock for a file, and waits for it by itself.")
class Locks(TransactionTestCase):
    def setUp(self) -> None:
        self.connection = connections["default"]
        self.vendor = self.connection.vendor
        self.other = type(self.connection)(self.connection.settings_dict, "default")
        self.addCleanup(self.connection.close)
        self.run_sql("CREATE TABLE locked_rows (id int)", SOON[self.vendor])
        self.addCleanup(self.run_sql, "DROP TABLE locked_rows")
        self.addCleanup(self.other.close)
        with self.other.cursor() as cursor:
            cursor.execute(HOLD[self.vendor])

    def run_sql(self, *statements: str) -> None:
        with self.connection.cursor() as cursor:
            for sql in statements:
                cursor.execute(sql)

    def let_go(self, seconds: float) -> None:
        with self.other.cursor() as cursor:
            cursor.execute(LET_GO[self.vendor])

    def migrate(self) -> None:
        def step(connection: Any, found: Any, target: None) -> None:
            self.run_sql(STEP)

        with (
            mock.patch.object(migrate, "_migrate", step),
            mock.patch.object(migrate, "missing", return_value=[("notes", "0001_initial")]),
            lock_retries.patient_with_locks(self.connection),
        ):
            migrate._until_unlocked(self.connection, None)

    def test_it_goes_on_once_the_lock_is_free(self) -> None:
        with (
            mock.patch.object(lock_retries, "sleep", self.let_go),
            mock.patch.object(migrate, "sleep", self.let_go),
            self.assertLogs("manydb.core.lock_retries", "WARNING"),
        ):
            self.migrate()
        self.run_sql("SELECT n FROM locked_rows")

    def test_it_fails_where_the_lock_is_held_for_all_attempts(self) -> None:
        with (
            mock.patch.multiple(lock_retries, ATTEMPTS=2, PAUSE=0),
            mock.patch.multiple(migrate, ATTEMPTS=2, PAUSE=0),
            self.assertLogs("manydb.core.lock_retries", "WARNING"),
            self.assertRaises(OperationalError),
        ):
            self.migrate()
