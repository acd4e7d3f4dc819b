"""What this process knows of each replica's server.

Nothing runs in the background: the first read after a pause asks for all. No account needs a right for
that, and for 10,000 tenants on one server it is one check.

A replica comes in once it has applied what its primary had written a moment ago, and is left out when it is
down or REPLICA_MAX_LAG behind. Then it is asked again after pauses that grow.
"""

import math
import threading
from collections.abc import Collection
from time import monotonic, sleep

from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core import failures
from manydb.core.conf import conf
from manydb.core.lag import seconds_behind
from manydb.core.placement import shared_alias
from manydb.replicas import positions
from manydb.replicas.applied import Progress
from manydb.replicas.positions import Position
from manydb.replicas.replica_state import CHECK_EVERY, LONGEST_IF_DOWN, Condition, State

# Seconds that a busy replica may need for what was written just now, and at first for writes that no read waited for:
# PostgreSQL sends that after wal_writer_delay.
A_MOMENT, AT_FIRST = (0.0, 0.005, 0.02), (0.0, 0.005, 0.02, 0.2, 0.4)
REMEMBERED = 60.0  # seconds of silence after which a replica that was well has to show it again
PATIENCE = 3.0  # seconds that others wait for the first answer of all


class Server(Condition):
    """A replica's server. All threads share it, and one of them asks."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.progress = Progress()
        self._primary_due = 0.0
        self._missing: dict[str, float] = {}  # until when not to try aliases without a database
        self._asking = threading.Lock()

    def can_be_read(self, replica: str, primary: str) -> bool:
        """Whether reads may go there now, over a connection that is open. Asks, if it is time to."""
        if self.is_due():
            # The first one finds out for all. Later on no thread waits for another one.
            patience = PATIENCE if self.state is State.NEW else 0.0
            if self._asking.acquire(timeout=patience):
                try:
                    if self.is_due():
                        self._check(replica, primary)
                finally:
                    self._asking.release()
        return self.state is State.OK and self._connect(replica) is not None

    def has_reached(self, wanted: Collection[Position], replica: str) -> bool:
        """Whether it has applied these positions. Asks once, and not at all where that is known."""
        connection = connections[replica]
        dialect = positions.dialect_for(connection)
        if self.progress.has(wanted, dialect):
            return True
        if dialect is None or not any(position.text for position in wanted):
            return False
        try:
            self.progress.note(positions.ask(connection, dialect.applied), dialect)
        except Error as error:
            self.fails(error)
            return False
        return self.progress.has(wanted, dialect)

    def fails(self, error: Exception) -> None:
        """Leaves it out at once."""
        if self.state is State.DOWN and not self.is_due():
            return  # one of many statements that were under way
        self.progress.forget()
        self.becomes(State.DOWN, " ".join(str(error).split()))

    def _connect(self, replica: str) -> BaseDatabaseWrapper | None:
        """The connection, open and in order; None if it can't be had."""
        if monotonic() < self._missing.get(replica, 0.0):
            return None
        connection = connections[replica]
        try:
            connection.close_if_health_check_failed()
            if connection.connection is None:
                connection.ensure_connection()
                if not getattr(connection, "is_reused", False):  # an idle one leads where it led
                    self.progress.doubt()
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
        written = self._ask_primary(primary)
        try:
            if written is None:  # nothing is known to be wrong with the replica itself
                self.becomes(State.OK if self.state in (State.NEW, State.DOWN) else self.state)
            elif written:
                self._compare(now, written, connection)
            else:
                self._judge(seconds_behind(connection))
        except Error as error:
            self.fails(error)

    def _ask_primary(self, primary: str) -> str | None:
        """The primary's position, ``""`` if it has none; None while it can't be asked."""
        if monotonic() < self._primary_due:
            return None
        # Over default's connection, which is open in most threads: positions are of servers.
        shared = shared_alias()
        asked = shared if positions.same_server(shared, primary) else primary
        answer = positions.written(connections[asked])
        if answer is None:
            self._primary_due = monotonic() + LONGEST_IF_DOWN
        return answer

    def _compare(self, now: float, written: str, connection: BaseDatabaseWrapper) -> None:
        """Judges it by the newest of the primary's positions that it has applied, and by what its server says."""
        dialect = positions.dialect_for(connection)
        if dialect is None:
            return self._judge(None)
        before = self.progress.applied
        self.progress.expect(now, written)
        for pause in AT_FIRST if self.state is State.NEW else A_MOMENT:
            sleep(pause)
            self.progress.note(positions.ask(connection, dialect.applied), dialect)
            if self.progress.at_most(now) <= conf.REPLICA_MAX_LAG:
                return self.becomes(State.OK)
        return self._doubt(now, written, connection, moves=self.progress.applied != before)

    def _doubt(
        self, now: float, written: str, connection: BaseDatabaseWrapper, moves: bool
    ) -> None:
        """Judges one that may be late; or else only this process has not looked for a while."""
        limit = conf.REPLICA_MAX_LAG
        behind = seconds_behind(connection)
        if behind == math.inf:
            self._judge(math.inf)
        elif self.progress.at_least(now) > limit:
            self._judge(limit + 1 if moves or behind else math.inf)
        elif behind is not None and behind <= limit and self._has_received(written, connection):
            self.becomes(State.OK)
        elif self.state is State.OK and self.progress.at_most(now) <= max(REMEMBERED, 2 * limit):
            self.becomes(State.OK)  # until it is proved to be late
        else:
            self._judge(limit + 1)

    def _has_received(self, written: str, connection: BaseDatabaseWrapper) -> bool:
        """Whether it has it, applied or not: if not, its server can't know how late it is."""
        dialect = positions.dialect_for(connection)
        if dialect is None or not dialect.received:
            return False
        received = positions.ask(connection, dialect.received)
        return bool(received) and dialect.covers(received, written)

    def _judge(self, lag: float | None) -> None:
        """By its lag in seconds: None if it can't show it, infinite if it does not replicate."""
        limit = conf.REPLICA_MAX_LAG
        if lag is None or lag <= limit:
            self.becomes(State.OK)
        elif math.isfinite(lag):
            self.becomes(State.LATE, f"more than {limit:g} s behind")
        else:
            self.becomes(State.STOPPED, "it does not replicate")


servers: dict[str, Server] = {}  # by name


def server_of(replica: str) -> Server:
    """What is known of the server of this alias."""
    name = positions.server_name(replica)
    return servers.get(name) or servers.setdefault(name, Server(name))
