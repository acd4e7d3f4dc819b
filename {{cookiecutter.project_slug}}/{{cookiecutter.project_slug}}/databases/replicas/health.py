"""What this process knows of each replica's server.

Nothing runs in the background: whoever reads first after a pause asks for all. A replica shows how late it is
by the positions that the primary had at earlier checks and that it has applied since. An idle primary does
not move, so its replica is not late; one whose replay stands still, or that receives nothing, does not get
there. No account needs a right for that, and for 10,000 tenants on one server it is one check.

A replica comes in once it has applied what its primary had written a moment ago, and is left out when it is
down or REPLICA_MAX_LAG behind. Then it is asked again after pauses that grow.
"""

import logging
import math
import random
import threading
from enum import StrEnum
from time import monotonic, sleep

from django.conf import settings
from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.dispatch import Signal

from ..lag import seconds_behind
from . import failures, positions
from .positions import Position

logger = logging.getLogger(__name__)

# Sent by Server with server, before, state and reason, in the thread that found out.
replica_state_changed = Signal()

# Seconds.
CHECK_EVERY = 1.0  # while a replica is read from
PAUSE_IF_DOWN = 0.5  # then twice as long each time
PAUSE_IF_LATE = 0.05
LONGEST_PAUSE = 10.0
A_MOMENT = (0.0, 0.005, 0.02)  # what a busy replica may need for what was written just now
MOST_AWAITED = 100  # positions
PATIENCE = 3.0  # how long others wait for the first answer of all


class State(StrEnum):
    NEW = "new"  # not asked yet
    OK = "ok"
    LATE = "late"  # further behind than REPLICA_MAX_LAG
    STOPPED = "stopped"  # the same, and it does not move
    DOWN = "down"  # it does not answer


class Server:
    """A replica's server, as this process sees it. All threads share it, and one of them asks."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.state = State.NEW
        self.reason = ""
        self.lag: float | None = None  # seconds; None where it can't be known
        self.applied = ""  # the position that it had reached when it was last asked
        self._primary_was: list[tuple[float, str]] = []  # when, where: what it has not applied yet
        self._fresh = -math.inf  # it has all that the primary had then
        self._due = 0.0
        self._primary_due = 0.0
        self._failed = 0
        self._missing: dict[str, float] = {}  # until when not to try aliases without a database
        self._asking = threading.Lock()

    def can_be_read(self, replica: str, primary: str) -> bool:
        """Whether reads may go there now, over a connection that is open. Asks, if it is time to."""
        if monotonic() >= self._due:
            # The first one finds out for all. Later on nobody waits for another's question.
            patience = PATIENCE if self.state is State.NEW else 0.0
            if self._asking.acquire(timeout=patience):
                try:
                    if monotonic() >= self._due:
                        self._check(replica, primary)
                finally:
                    self._asking.release()
        return self.state is State.OK and self._connect(replica) is not None

    def has_reached(self, position: Position, replica: str) -> bool:
        """Whether it has applied a position. Asks once, and not at all where that is known."""
        connection = connections[replica]
        dialect = positions.dialect_for(connection)
        if dialect is None or not position.text:
            return position.is_old_enough()
        if self.applied and dialect.covers(self.applied, position.text):
            return True
        try:
            self.applied = positions.ask(connection, dialect.applied)
        except Error as error:
            self.fails(error)
        return bool(self.applied) and dialect.covers(self.applied, position.text)

    def fails(self, error: Exception) -> None:
        """Leaves it out at once. What it had applied is not sure to be there when it returns."""
        if self.state is State.DOWN and monotonic() < self._due:
            return  # one of many statements that were under way
        self.applied, self.lag, self._fresh = "", None, -math.inf
        self._primary_was.clear()
        self._becomes(State.DOWN, " ".join(str(error).split()))

    def _connect(self, replica: str) -> BaseDatabaseWrapper | None:
        """The connection, open and in order; None if it can't be had."""
        if monotonic() < self._missing.get(replica, 0.0):
            return None
        connection = connections[replica]
        try:
            connection.close_if_health_check_failed()
            connection.ensure_connection()
        except Error as error:
            if failures.database_is_missing(error):
                self._missing[replica] = monotonic() + CHECK_EVERY
            else:
                self.fails(error)
            return None
        self._missing.pop(replica, None)
        return connection

    def _check(self, replica: str, primary: str) -> None:
        if (connection := self._connect(replica)) is None:
            return
        now = monotonic()
        wanted = self._ask_primary(primary)
        try:
            if wanted is None:  # nothing is known to be wrong with the replica itself
                self._becomes(State.OK if self.state in (State.NEW, State.DOWN) else self.state)
            elif wanted:
                self._compare(now, wanted, connection)
            else:
                lag = seconds_behind(connection)
                self._judge(lag, moves=lag is None or math.isfinite(lag))
        except Error as error:
            self.fails(error)

    def _ask_primary(self, primary: str) -> str | None:
        """The primary's position, ``""`` if it has none; None while it can't be asked."""
        if monotonic() < self._primary_due:
            return None
        # Over default's connection, which is open in most threads: positions are of servers.
        asked = "default" if positions.same_server("default", primary) else primary
        answer = positions.written(connections[asked])
        if answer is None:
            self._primary_due = monotonic() + LONGEST_PAUSE
        return answer

    def _compare(self, now: float, wanted: str, connection: BaseDatabaseWrapper) -> None:
        """Judges it by the newest of the primary's positions that it has applied."""
        dialect = positions.dialect_for(connection)
        if dialect is None:
            return self._judge(None)
        before = self.applied
        self._primary_was.append((now, wanted))
        if len(self._primary_was) > MOST_AWAITED:
            del self._primary_was[1::2]
        for pause in A_MOMENT:
            sleep(pause)
            self.applied = positions.ask(connection, dialect.applied)
            self._note_applied(dialect)
            if now - self._fresh <= settings.REPLICA_MAX_LAG:
                break
        return self._judge(now - self._fresh, moves=self.applied != before)

    def _note_applied(self, dialect: positions.Dialect) -> None:
        """Finds the newest that it has. An older one may never be: the primary may have been restored."""
        for number in reversed(range(len(self._primary_was))):
            when, where = self._primary_was[number]
            if dialect.covers(self.applied, where):
                self._fresh = when
                del self._primary_was[: number + 1]
                return

    def _judge(self, lag: float | None, moves: bool = True) -> None:
        """By its lag in seconds: infinite or unknown where it has shown nothing yet, None if it can't show it."""
        self.lag = lag if lag is not None and math.isfinite(lag) else None
        if lag is None or lag <= settings.REPLICA_MAX_LAG:
            self._becomes(State.OK)
        elif moves:
            self._becomes(State.LATE, f"more than {settings.REPLICA_MAX_LAG:g} s behind")
        else:
            self._becomes(State.STOPPED, "it does not replicate")

    def _becomes(self, state: State, reason: str = "") -> None:
        before, self.state, self.reason = self.state, state, reason
        if (state is State.DOWN) != (before is State.DOWN):
            self._failed = 0
        if state is State.OK:
            self._failed, pause = 0, CHECK_EVERY
        else:
            first = PAUSE_IF_DOWN if state is State.DOWN else PAUSE_IF_LATE
            pause = min(first * 2**self._failed, LONGEST_PAUSE)
            self._failed += 1
        # Not all processes at once.
        self._due = monotonic() + pause * random.uniform(0.75, 1.25)  # noqa: S311
        if state is not before:
            level = logging.INFO if state is State.OK else logging.WARNING
            logger.log(
                level, "Replica %s is %s%s", self.name, state, f": {reason}" if reason else ""
            )
            replica_state_changed.send_robust(
                Server, server=self, before=before, state=state, reason=reason
            )


servers: dict[str, Server] = {}  # by name


def server_of(replica: str) -> Server:
    """What is known of the server of this alias."""
    name = positions.server_name(replica)
    return servers.get(name) or servers.setdefault(name, Server(name))
