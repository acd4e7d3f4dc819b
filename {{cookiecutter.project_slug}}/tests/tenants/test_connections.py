"""The budget of open connections: what is closed for another, what never is, and what threads share."""

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from typing import Any

from django.test import TestCase, override_settings

from {{ cookiecutter.project_slug }}.databases.exceptions import NoFreeConnection
from {{ cookiecutter.project_slug }}.tenants.budget import budget
from {{ cookiecutter.project_slug }}.tenants.handler import TenantConnections


class Budget(TestCase):
    """Two connections are allowed to three SQLite files, besides those that tests have open already."""

    def setUp(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.handler = TenantConnections(
            {"default": {}}
            | {
                alias: {
                    "ENGINE": "django.db.backends.sqlite3",
                    "NAME": Path(folder) / alias,
                    "TENANT": alias.lower(),
                    "CONN_MAX_AGE": 60,
                }
                for alias in "ABC"
            }
        )
        self.addCleanup(self.handler.close_all)
        self.enterContext(
            override_settings(
                TENANT_CONNECTIONS=len(budget) + 2, TENANT_CONNECTIONS_WHEN_BUSY="refuse"
            )
        )

    def use(self, alias: str) -> Any:
        with self.handler[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
        return self.handler[alias].connection

    def is_open(self) -> str:
        return "".join(alias for alias in "ABC" if self.handler[alias].connection is not None)

    def in_a_thread(self, work: Callable[[], Any]) -> Any:
        def run() -> Any:
            try:
                return work()
            finally:
                self.handler.close_all()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(run).result()

    def test_the_least_recently_used_one_is_closed(self) -> None:
        for alias in "ABAC":
            self.use(alias)
        self.assertEqual(self.is_open(), "AC")
        self.use("B")  # what was closed opens again at its next use
        self.assertEqual(self.is_open(), "BC")

    def test_it_is_closed_in_whichever_thread_it_lives(self) -> None:
        self.use("A")
        self.use("B")
        self.in_a_thread(lambda: self.use("C"))
        self.assertEqual(self.is_open(), "B")

    def test_one_in_use_is_never_closed(self) -> None:
        cursor = self.handler["A"].cursor()
        cursor.execute("SELECT 1")
        self.handler["B"].set_autocommit(False)
        with self.assertRaisesRegex(NoFreeConnection, "C can't be opened: all .* are in use"):
            self.use("C")
        with self.assertRaises(NoFreeConnection):
            self.in_a_thread(lambda: self.use("C"))
        self.assertEqual((cursor.fetchone(), self.is_open()), ((1,), "AB"))
        cursor.close()
        self.use("C")
        self.assertEqual(self.is_open(), "BC")
        self.handler["B"].set_autocommit(True)

    @override_settings(TENANT_CONNECTIONS_WHEN_BUSY="wait")
    def test_who_finds_all_in_use_waits(self) -> None:
        cursors = [self.handler[alias].cursor() for alias in "AB"]
        waiting = Event()

        def wait() -> None:
            waiting.set()
            self.in_a_thread(lambda: self.use("C"))

        thread = Thread(target=wait)
        thread.start()
        waiting.wait()
        thread.join(0.1)
        self.assertTrue(thread.is_alive())
        for cursor in cursors:
            cursor.close()
        thread.join(10)
        self.assertFalse(thread.is_alive())

    def test_threads_share_what_is_open_between_requests(self) -> None:
        mine = self.use("A")
        self.assertIsNot(self.in_a_thread(lambda: self.use("A")), mine)  # the request is not over
        self.handler["A"].close_if_unusable_or_obsolete()  # as Django does when it is
        mine = self.use("A")
        self.handler["A"].close_if_unusable_or_obsolete()
        self.assertIs(self.in_a_thread(lambda: self.use("A")), mine)
        self.assertEqual(self.is_open(), "")
