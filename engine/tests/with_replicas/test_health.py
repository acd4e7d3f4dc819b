"""What this process believes of a replica's server, from answers that tests on SQLite have to make up."""

from collections.abc import Iterator
from time import time
from unittest.mock import Mock, patch

from django.db import OperationalError, ProgrammingError, connections
from django.test import override_settings

from manydb import patches
from manydb.patches import psycopg_wait
from manydb.replicas import fallback, positions, read_timeout
from manydb.replicas.health import Server
from manydb.replicas.position_sql import PostgreSQL
from manydb.replicas.positions import Position
from manydb.replicas.replica_state import State

from .case import RoutedCase

AWAY = OperationalError("away")


class Answers(RoutedCase):
    """A server whose primary and replica say what a test lets them say."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(patch.object(positions, "dialect_of", lambda connection: PostgreSQL()))
        self.enterContext(override_settings(REPLICA_POSITIONS=True))
        self.ask = self.enterContext(patch.object(positions, "ask"))
        self.server = Server("replica:1")
        self.wanted = [Position("0/9", time())]

    def can_be_read(self, written: str | Exception, applied: str | Exception) -> bool:
        """Asks both, at once."""
        self.server.due = 0
        self.ask.side_effect = [written, *[applied] * 9]
        return self.server.can_be_read(self.replica, self.primary)

    def test_a_replica_that_has_not_shown_anything_is_not_read(self) -> None:
        for state in (State.LATE, State.STOPPED):  # it got further once, and no more
            self.assertFalse(self.can_be_read("0/9", "0/8"))
            self.assertIs(self.server.state, state)
        self.assertTrue(self.can_be_read("0/9", "0/9"))

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

    def wait(self, conversation: Iterator[str]) -> Iterator[str]:
        return conversation


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
