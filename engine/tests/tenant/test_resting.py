"""What threads share: a connection that its thread does not need until its next request."""

import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from unittest import skipUnless
from unittest.mock import patch

from django.test import SimpleTestCase

from manydb.tenants.budget import budget
from manydb.tenants.idle import Rested, Resting

from .small_budget import SmallBudget


class Rests(SmallBudget):
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
            self.assertIs(is_closed(opened), is_checked)

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

    def test_closing_all_closes_what_rests(self) -> None:
        opened = self.request("A")
        self.handler.close_all()
        self.assertTrue(is_closed(opened))

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


class Queues(SimpleTestCase):
    def test_what_was_popular_once_has_to_go_one_day(self) -> None:
        resting = Resting()
        popular = [Rested(None, {}, None, True, Exception) for _ in range(10)]
        for rested in (*popular, Rested(None, {}, None, False, Exception)):
            resting.put(rested)
        self.assertIs(resting.take_first(), popular[0])

    def test_of_several_to_one_place_the_last_used_is_taken(self) -> None:
        resting, place = Resting(), dict[str, object]()
        earlier, later = (Rested(None, place, None, False, Exception) for _ in range(2))
        resting.put(earlier)
        resting.put(later)
        self.assertEqual([resting.take(place) for _ in range(3)], [later, earlier, None])

    def test_one_that_its_server_has_closed_is_closed(self) -> None:
        class Gone:
            def close(self) -> None:
                raise sqlite3.OperationalError

        Rested(Gone(), {}, None, False, sqlite3.Error).close()


def is_closed(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return True
    return False
