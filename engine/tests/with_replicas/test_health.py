"""What this process believes of a replica's server, from answers that tests on SQLite have to make up."""

from collections.abc import Iterator
from itertools import repeat
from time import time
from unittest.mock import Mock, patch

from django.db import OperationalError, ProgrammingError, connections
from django.test import override_settings

from manydb import patches
from manydb.patches import psycopg_wait
from manydb.replicas import fallback, health, positions, read_timeout
from manydb.replicas.health import Server
from manydb.replicas.position_sql import PostgreSQL
from manydb.replicas.positions import Position
from manydb.replicas.replica_state import State

from .case import RoutedCase

AWAY = OperationalError("away")


def said(answer: str | Exception) -> str:
    if isinstance(answer, Exception):
        raise answer
    return answer


class Answers(RoutedCase):
    """A server whose primary and replica say what a test lets them say."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(patch.object(positions, "dialect_of", lambda connection: PostgreSQL()))
        self.enterContext(override_settings(REPLICA_POSITIONS=True))
        self.ask = self.enterContext(patch.object(positions, "ask"))
        self.server = Server("replica:1")
        self.wanted = [Position("0/9", time())]

    def can_be_read(
        self,
        written: str | Exception,
        applied: str | Exception,
        behind: float | None = None,
        received: str = "",
    ) -> bool:
        """Asks both, at once."""
        self.server.due = 0
        answers = {
            "written": iter([written]),
            "applied": repeat(applied),
            "received": repeat(received),
        }
        queries = {getattr(PostgreSQL, name): answer for name, answer in answers.items()}
        self.ask.side_effect = lambda connection, query: said(next(queries[query]))
        with patch.object(health, "seconds_behind", return_value=behind):
            return self.server.can_be_read(self.replica, self.primary)

    def after(self, seconds: float) -> None:
        """What is known becomes so much older."""
        progress = self.server.progress
        progress._fresh -= seconds
        progress._awaited = [(when - seconds, written) for when, written in progress._awaited]

    def test_a_replica_that_has_not_shown_anything_is_not_read(self) -> None:
        self.assertFalse(self.can_be_read("0/9", "0/8"))
        self.assertIs(self.server.state, State.LATE)
        self.after(11)
        self.assertFalse(self.can_be_read("0/9", "0/8"))
        self.assertIs(self.server.state, State.STOPPED)  # and it does not move
        self.assertTrue(self.can_be_read("0/9", "0/9"))

    def test_the_silence_of_this_process_is_not_the_replicas_lag(self) -> None:
        for behind, received in ((3.0, "0/9"), (None, ""), (64.0, "0/9"), (0.0, "0/8")):
            with self.subTest(behind=behind):
                self.assertTrue(self.can_be_read("0/5", "0/5"))
                self.after(12)
                # Since then the primary has written, and the replica is some seconds late.
                self.assertTrue(self.can_be_read("0/9", "0/8", behind, received))
                self.assertIs(self.server.state, State.OK)
                # A proof is what it lacks for so long, whatever its server says.
                self.after(11)
                self.assertFalse(self.can_be_read("0/F", "0/8", behind, received))
                self.server.state = State.OK

    def test_after_a_long_silence_its_server_must_say_that_it_is_well(self) -> None:
        for behind, received, is_read in (
            (3.0, "0/9", True),
            (3.0, "0/8", False),  # of what it has not received it knows nothing
            (64.0, "0/9", False),
            (None, "", False),
            (float("inf"), "", False),
        ):
            with self.subTest(behind=behind, received=received):
                self.assertTrue(self.can_be_read("0/5", "0/5"))
                self.after(600)
                self.assertIs(self.can_be_read("0/9", "0/8", behind, received), is_read)
                self.assertTrue(self.can_be_read("0/9", "0/9"))

    def test_a_new_process_takes_its_servers_word(self) -> None:
        self.assertTrue(self.can_be_read("0/9", "0/8", behind=3.0, received="0/9"))

    def test_one_that_streams_is_late_and_not_stopped(self) -> None:
        self.assertTrue(self.can_be_read("0/5", "0/5"))
        self.can_be_read("0/9", "0/8", 5.0, "0/9")
        self.after(11)
        self.assertFalse(self.can_be_read("0/9", "0/8", 15.0, "0/9"))
        self.assertIs(self.server.state, State.LATE)

    def test_while_the_primary_can_not_be_asked_each_stays_what_it_was(self) -> None:
        self.assertTrue(self.can_be_read(AWAY, AWAY))  # it was never asked, and answers
        self.server.becomes(State.LATE)
        self.assertFalse(self.can_be_read(AWAY, AWAY))

    def test_a_primary_that_is_away_is_not_asked_each_time(self) -> None:
        for _ in range(3):
            self.can_be_read(AWAY, AWAY)
        self.assertEqual(self.ask.call_count, 1)

    def test_one_that_does_not_say_how_far_it_is_has_not_got_there(self) -> None:
        self.server.progress.note("0/9", PostgreSQL())
        self.ask.side_effect = AWAY
        self.assertTrue(self.server.has_reached(self.wanted, self.replica))
        self.server.fails(AWAY)
        self.assertFalse(self.server.has_reached(self.wanted, self.replica))
        self.assertIs(self.server.state, State.DOWN)

    def test_a_database_that_is_not_there_yet_is_not_tried_each_time(self) -> None:
        self.server.becomes(State.OK)
        missing = OperationalError(1049, "Unknown database")
        connection = connections[self.replica]
        with (
            patch.object(connection, "connection", None),
            patch.object(connection, "ensure_connection", side_effect=missing) as tried,
        ):
            for _ in range(3):
                self.assertFalse(self.server.can_be_read(self.replica, self.primary))
        self.assertEqual(tried.call_count, 1)
        self.assertIs(self.server.state, State.OK)

    def test_many_statements_that_fail_at_once_are_one_failure(self) -> None:
        self.server.fails(AWAY)
        due = self.server.due
        self.server.fails(AWAY)
        self.assertEqual(self.server.due, due)

    def test_a_primary_without_positions_is_known_from_one_that_is_away(self) -> None:
        primary = connections[self.primary]
        for error, written in ((ProgrammingError("no such function"), ""), (AWAY, None)):
            self.ask.side_effect = error
            self.assertEqual(positions.written(primary), written)
        for without in ({"REPLICA_POSITIONS": False}, {}):
            pooler = None if without else "rds_proxy"
            with override_settings(**without), patch.dict(primary.settings_dict, POOLER=pooler):
                self.assertIsNone(positions.dialect_for(primary))

    def test_a_position_inside_a_transaction_or_too_long_for_a_cookie_is_a_time(self) -> None:
        self.ask.side_effect = ["0/9", "9" * 999]
        self.assertEqual(positions.position_after_commit(self.primary).text, "")
        with patch.object(connections[self.primary], "get_autocommit", return_value=True):
            self.assertEqual(positions.position_after_commit(self.primary).text, "0/9")
            self.assertEqual(positions.position_after_commit(self.primary).text, "")


class Session:
    """psycopg's connection, whose server is asked step by step."""

    def wait(self, conversation: Iterator[str], timeout: float | None = None) -> Iterator[str]:
        if timeout is None:
            return conversation
        from psycopg import errors

        next(conversation)  # and nothing comes within that time
        raise errors._WaitTimeout


class Limits(RoutedCase):
    def test_the_log_says_once_in_a_while_that_reads_fall_back(self) -> None:
        budget = fallback.Budget()
        self.assertEqual([budget.may_say(), budget.may_say()], [True, False])

    def test_a_replica_is_given_up_when_it_is_silent_and_not_when_it_is_slow(self) -> None:
        def conversation() -> Iterator[str]:
            for _ in range(4):
                yield "any"

        self.enterContext(patch.dict(patches.verified, psycopg_wait=psycopg_wait.PATCH))
        for ready, given_up in ((1, False), (0, True)):
            seconds = iter(range(0, 1000, 6))
            with patch.object(psycopg_wait, "monotonic", lambda seconds=seconds: next(seconds)):
                replica = Mock(vendor="postgresql", settings_dict={"REPLICA_OF": self.primary})
                replica.connection, replica.Database.OperationalError = Session(), OSError
                read_timeout.be_impatient(replica)
                asked = replica.connection.wait(conversation())
                next(asked)
                with self.assertRaises(Exception) as raised:
                    for _ in range(4):
                        asked.send(ready)
            self.assertEqual("no answer for 10 s" in str(raised.exception), given_up)
