"""What each way to a server is told about deadlines, and who waits for a server that says nothing."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import sleep
from types import SimpleNamespace
from typing import Any
from unittest import mock

from django.db import OperationalError, connections
from django.test import SimpleTestCase, override_settings

from manydb.core import deadlines, waiting
from manydb.core.direct import direct
from manydb.core.running_command import name_of_command
from manydb.core.scopes import Scope
from manydb.exceptions import NoFreeConnection

REQUESTS, JOBS = {"DEADLINES": deadlines.of_requests()}, {"DEADLINES": deadlines.of_jobs()}
BOTH = "-c statement_timeout={} -c lock_timeout=5000"
LOCKS = "SET SESSION innodb_lock_wait_timeout = 5, lock_wait_timeout = 5"
STATEMENTS = " /*M!100100 , max_statement_time = 15.0 */ /*!80000 , max_execution_time = 15000 */"
SILENCE = {"read_timeout": 20, "write_timeout": 20}
READ_ONLY = "SET SESSION TRANSACTION READ ONLY"

# Engine, the entry, the driver's arguments before, and what is added to them.
WAYS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("postgresql", REQUESTS, {}, {"options": BOTH.format(15000)}),
    ("postgresql", REQUESTS | {"REPLICA_OF": "default"}, {}, {"options": BOTH.format(9000)}),
    ("postgresql", JOBS, {}, {"options": BOTH.format(0)}),
    ("postgresql", REQUESTS | {"POOLER": "pgbouncer"}, {}, {}),
    ("postgresql", {}, {}, {}),
    (
        "postgresql",
        REQUESTS,
        {"options": "-c statement_timeout=7"},
        {"options": "-c statement_timeout=7 -c lock_timeout=5000"},
    ),
    ("mysql", REQUESTS, {}, SILENCE | {"init_command": LOCKS + STATEMENTS}),
    ("mysql", JOBS, {}, {"init_command": LOCKS}),
    ("mysql", REQUESTS | {"POOLER": "rds_proxy"}, {}, SILENCE),
    (
        "mysql",
        REQUESTS,
        {"read_timeout": 99},
        {"init_command": LOCKS + STATEMENTS, "write_timeout": 20},
    ),
    (
        "mysql",
        JOBS,
        {"init_command": READ_ONLY},
        {"init_command": f"{READ_ONLY}; {LOCKS}"},
    ),
    ("sqlite", REQUESTS, {}, {}),
]


class Deadlines(SimpleTestCase):
    def test_each_way_is_told_what_it_can_keep(self) -> None:
        for vendor, entry, before, added in WAYS:
            with self.subTest(vendor=vendor, entry=entry, before=before):
                self.assertEqual(deadlines.sent(entry, before, vendor), before | added)

    def test_a_client_waits_longer_than_the_statement_may_take(self) -> None:
        self.assertEqual(deadlines.silence(REQUESTS), 20)
        self.assertEqual(deadlines.silence(JOBS), 0)
        self.assertEqual(deadlines.silence({"DEADLINES": deadlines.of_requests(0)}), 0)

    def test_statements_of_commands_take_as_long_as_they_need(self) -> None:
        with Scope(name_of_command, "migrate"):
            self.assertEqual(
                deadlines.sent(REQUESTS, {}, "postgresql"), {"options": BOTH.format(0)}
            )
            self.assertEqual(deadlines.sent(REQUESTS, {}, "mysql"), {"init_command": LOCKS})
            self.assertEqual(deadlines.silence(REQUESTS), 0)

    def test_so_do_those_past_the_pooler_also_where_there_is_none(self) -> None:
        settings = {**connections["default"].settings_dict, **REQUESTS}
        bounded = type(connections["default"])(settings, "default")
        self.assertEqual(direct(bounded).settings_dict["DEADLINES"], deadlines.of_jobs())
        self.assertIs(direct(connections["default"]), connections["default"])


@override_settings(SERVER_THREADS=2)
class Waiting(SimpleTestCase):
    def setUp(self) -> None:
        self.server = waiting.Server("db:5432")
        self.now = 100.0
        self.enterContext(mock.patch.object(waiting, "monotonic", lambda: self.now))
        self.enterContext(mock.patch.object(waiting, "sleep", self.pass_time))
        self.server.answered = self.now

    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @contextmanager
    def another_thread(self, end: Any = None) -> Iterator[None]:
        """One that waits for the server until the block ends."""
        me = len(self.server.waiting) + 1
        with mock.patch.object(waiting, "get_ident", lambda: -me):
            since = self.server.begin()
        try:
            yield
        finally:
            with mock.patch.object(waiting, "get_ident", lambda: -me):
                self.server.failed(end, since) if end else self.server.end(since)

    def ask(self) -> None:
        self.server.end(self.server.begin())

    def test_as_many_as_are_allowed_wait_and_the_next_is_told_within_a_moment(self) -> None:
        with self.another_thread(), self.another_thread():
            self.pass_time(0.2)
            with self.assertRaisesMessage(
                NoFreeConnection, "db:5432 does not answer, and 2 threads"
            ):
                self.server.begin()
            self.assertLess(self.now, 101)
            before = self.now
            with self.assertRaises(NoFreeConnection):
                self.server.begin()
            self.assertEqual(self.now, before)  # at once
        self.ask()

    def test_a_server_that_answers_one_of_them_is_asked_by_all(self) -> None:
        with self.another_thread(), self.another_thread():
            self.pass_time(5)
            self.server.answered = self.now
            for _ in range(3):
                self.ask()

    def test_who_may_hold_the_lock_that_all_wait_for_is_not_refused(self) -> None:
        session = SimpleNamespace(info=SimpleNamespace(transaction_status=2))
        holder = SimpleNamespace(in_atomic_block=True, connection=session)
        beginner = SimpleNamespace(
            in_atomic_block=True,
            connection=SimpleNamespace(info=SimpleNamespace(transaction_status=0)),
            copy=lambda: Asked(mock.Mock(side_effect=ConnectionLost)),
        )
        with self.another_thread(), self.another_thread():
            self.pass_time(5)
            self.server.end(self.server.begin(holder))
            self.pass_time(5)
            with self.assertRaises(NoFreeConnection):
                self.server.begin(beginner)

    def test_before_one_is_refused_the_server_is_asked_over_a_connection_of_its_own(self) -> None:
        asked: list[threading.Thread] = []
        is_over = threading.Event()

        def answers() -> None:
            asked.append(threading.current_thread())

        def is_silent() -> None:
            asked.append(threading.current_thread())
            is_over.wait(60)
            raise ConnectionLost

        def until_asked(seconds: float) -> None:
            asked[-1].join() if asked else sleep(0.001)

        with self.another_thread(), self.another_thread():
            self.pass_time(5)
            with mock.patch.object(waiting, "sleep", until_asked):
                self.server.end(self.server.begin(Asked(answers)))
            self.pass_time(5)
            with self.assertRaises(NoFreeConnection):
                self.server.begin(Asked(is_silent))
            before = self.now
            with self.assertRaises(NoFreeConnection):
                self.server.begin(Asked(is_silent))
            self.assertEqual(self.now, before)  # nobody else knocks, or waits for who does
            is_over.set()
            asked[-1].join()
        self.assertEqual(len(asked), 2)
        self.assertNotIn(threading.current_thread(), asked)
        self.assertEqual(self.server.waiting, {})

    def test_none_is_no_limit(self) -> None:
        with override_settings(SERVER_THREADS=None), self.another_thread(), self.another_thread():
            self.pass_time(5)
            self.ask()

    def test_after_a_deadline_one_thread_tries_again_after_each_pause(self) -> None:
        with self.assertLogs("manydb.core.waiting", "WARNING") as log:
            with self.another_thread(end=ConnectionLost()):
                self.pass_time(6)
            with self.assertRaises(NoFreeConnection):
                self.server.begin()
            self.pass_time(1)
            since = self.server.begin()
            with (
                mock.patch.object(waiting, "get_ident", lambda: -7),
                self.assertRaises(NoFreeConnection),
            ):
                self.server.begin()
            self.server.end(since)
            self.ask()
        self.assertEqual(len(log.output), 2)
        self.assertIn("does not answer: most of what is for it is refused", log.output[0])
        self.assertIn("answers again", log.output[1])

    def test_an_error_of_the_server_is_an_answer_and_so_is_a_connection_that_is_refused_at_once(
        self,
    ) -> None:
        full = ConnectionLost('connection to "db" failed: FATAL:  query_wait_timeout')
        shut_down = OperationalError(1053, "Server shutdown in progress")
        closed = ConnectionLost("failed: server closed the connection unexpectedly")
        packet = "Lost connection to server at 'handshake: reading initial communication packet'"
        by_proxy = OperationalError(2013, f"{packet}, system error: 11")
        for error, seconds in (
            (ValueError("syntax"), 9),
            (ConnectionLost(), 0.1),
            (full, 9),
            (shut_down, 9),
            (closed, 9),
            (by_proxy, 9),
        ):
            with self.another_thread(end=error):
                self.pass_time(seconds)
            self.assertEqual(self.server.lost, 0)

    def test_a_server_that_was_silent_and_is_gone_is_asked_by_all(self) -> None:
        packet = "Lost connection to server at 'handshake: reading initial communication packet'"
        for silence, end in (
            (
                ConnectionLost("timeout expired; Connection refused"),
                ConnectionLost("Connection refused"),
            ),
            (
                OperationalError(2013, f"{packet}, system error: 110"),
                OperationalError(2002, "Can't connect to server on 'db' (115)"),
            ),
        ):
            with self.another_thread(end=silence):
                self.pass_time(6)
            self.assertEqual(self.server.lost, 1)
            self.pass_time(1)
            with self.another_thread(end=end):
                self.pass_time(0.1)
            self.ask()

    def test_what_a_thread_asks_inside_of_a_question_counts_once(self) -> None:
        since = self.server.begin()
        self.assertEqual(self.server.begin(), 0.0)
        self.server.end(0.0)
        self.assertEqual(list(self.server.waiting), [threading.get_ident()])
        self.server.end(since)
        self.assertFalse(self.server.waiting)


class Asked:
    """A connection whose copy asks by this."""

    def __init__(self, ask_anew: Callable[[], None]) -> None:
        self.ask_anew = ask_anew

    def copy(self) -> "Asked":
        return self


class ConnectionLost(Exception):
    """As of a driver: psycopg's has no state where no server has said anything."""

    sqlstate = None
