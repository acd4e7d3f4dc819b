"""The budget of open connections: what is closed for another, what never is, and what threads share."""

import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from typing import Any
from unittest import skipUnless
from unittest.mock import patch

from django.test import TestCase, override_settings

from {{ cookiecutter.project_slug }}.databases.exceptions import NoFreeConnection
from {{ cookiecutter.project_slug }}.tenants.budget import budget
from {{ cookiecutter.project_slug }}.tenants.handler import TenantConnections
from {{ cookiecutter.project_slug }}.tenants.resting import Rested, Resting


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
        while (close := budget.take_idle()) is not None:
            close()
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

    def end_request(self, *aliases: str) -> None:
        """As Django does for all that this thread has open."""
        for alias in aliases:
            self.handler[alias].close_if_unusable_or_obsolete()

    def request(self, alias: str) -> Any:
        opened = self.use(alias)
        self.end_request(alias)
        return opened

    def test_what_was_opened_rests_after_the_request_for_any_thread(self) -> None:
        mine = self.use("A")
        self.assertIsNot(self.in_a_thread(lambda: self.use("A")), mine)  # the request is not over
        self.end_request("A")
        self.assertEqual(self.is_open(), "")
        with ThreadPoolExecutor(1) as thread:  # which leaves nothing open but what rests
            self.assertIs(thread.submit(self.request, "A").result(), mine)
        self.assertIs(self.use("A"), mine)

    def test_of_what_rests_the_least_recently_used_one_is_closed(self) -> None:
        a, b = self.request("A"), self.request("B")
        self.request("C")
        self.assertIs(self.request("B"), b)
        self.assertIsNot(self.request("A"), a)

    def test_what_was_used_again_outlives_what_was_not(self) -> None:
        a = self.request("A")
        self.assertIs(self.request("A"), a)
        for alias in "BCBC":
            self.request(alias)
        self.assertIs(self.request("A"), a)

    def test_one_in_use_does_not_rest(self) -> None:
        cursor = self.handler["A"].cursor()
        self.handler["B"].set_autocommit(False)
        self.end_request("A")
        self.assertEqual(self.is_open(), "AB")
        cursor.close()

    def test_what_rests_is_checked_before_it_is_used(self) -> None:
        for is_checked in (True, False):
            self.handler.settings["A"]["CONN_HEALTH_CHECKS"] = is_checked
            opened = self.request("A")
            with patch.object(type(self.handler["A"]), "is_usable", return_value=False):
                self.assertIs(self.request("A") is opened, not is_checked)

    def test_it_is_as_old_as_it_is_however_often_it_rested(self) -> None:
        self.handler.settings["A"]["CONN_MAX_AGE"] = 0.2
        opened = self.request("A")
        self.assertIs(self.request("A"), opened)
        time.sleep(0.2)
        self.assertIsNot(self.request("A"), opened)
        self.handler.close_all()
        self.handler.settings["A"]["CONN_MAX_AGE"] = 60
        ages = []
        for _ in range(2):
            self.use("A")
            ages.append(self.handler["A"].close_at)
            self.end_request("A")
        self.assertEqual(*ages)

    def test_what_rests_too_long_is_closed_though_nobody_asks_for_it(self) -> None:
        self.request("A")
        before = len(budget)
        for rested in budget._resting:
            rested.close_at = 0.0
        with patch.object(budget, "_look_for_old_at", 0.0):
            self.request("B")
        self.assertEqual(len(budget), before)

    def test_what_was_popular_once_has_to_go_one_day(self) -> None:
        resting = Resting()
        popular = [Rested(None, {}, None, True, Exception) for _ in range(10)]
        for rested in (*popular, Rested(None, {}, None, False, Exception)):
            resting.put(rested)
        self.assertIs(resting.take_first(), popular[0])

    def test_what_may_not_outlive_its_request_does_not_rest(self) -> None:
        self.handler.settings["A"]["CONN_MAX_AGE"] = 0
        before = len(budget)
        self.request("A")
        self.assertEqual(len(budget), before)

    def test_a_walk_in_a_circle_finds_some_again(self) -> None:
        opened = {alias: self.request(alias) for alias in "ABC" * 100}
        self.assertTrue(any(self.request(alias) is opened[alias] for alias in "ABC"))

    @skipUnless(hasattr(os, "fork"), "This system can't fork.")
    def test_a_forked_process_leaves_what_rests_to_its_parent(self) -> None:
        mine = self.request("A")
        if (child := os.fork()) == 0:
            try:
                os._exit(int(self.use("A") is mine))
            finally:
                os._exit(2)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.assertIs(self.request("A"), mine)
