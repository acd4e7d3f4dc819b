"""The state of a replica's server as this process sees it, and when to ask it again."""

import logging
import random
from enum import StrEnum
from time import monotonic

from django.dispatch import Signal

logger = logging.getLogger(__name__)

# Sent by Server with server, before, state and reason, in the thread that found out.
replica_state_changed = Signal()


class State(StrEnum):
    NEW = "new"  # not asked yet
    OK = "ok"
    LATE = "late"  # further behind than REPLICA_MAX_LAG
    STOPPED = "stopped"  # the same, and it does not move
    DOWN = "down"  # it does not answer


# Seconds.
CHECK_EVERY = 1.0  # while a replica is read from
PAUSE_IF_DOWN, LONGEST_IF_DOWN = 0.5, 10.0  # twice as long each time: a connection is tried in vain
PAUSE_IF_LATE, LONGEST_IF_LATE = (
    0.05,
    1.0,
)  # the same; an answer costs no more than while it is well


class Condition:
    """A state, why, and since when it has not been well."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.state = State.NEW
        self.reason = ""
        self.due = 0.0  # when to ask again
        self._in_vain = 0

    def is_due(self) -> bool:
        return monotonic() >= self.due

    def becomes(self, state: State, reason: str = "") -> None:
        before, self.state, self.reason = self.state, state, reason
        if (state is State.DOWN) != (before is State.DOWN):
            self._in_vain = 0
        # Not all processes at once.
        self.due = monotonic() + self._pause() * random.uniform(0.75, 1.25)  # noqa: S311
        if state is not before:
            level = logging.INFO if state is State.OK else logging.WARNING
            logger.log(
                level, "Replica %s is %s%s", self.name, state, f": {reason}" if reason else ""
            )
            replica_state_changed.send_robust(
                type(self), server=self, before=before, state=state, reason=reason
            )

    def _pause(self) -> float:
        if self.state is State.OK:
            self._in_vain = 0
            return CHECK_EVERY
        first, longest = PAUSE_IF_LATE, LONGEST_IF_LATE
        if self.state is State.DOWN:
            first, longest = PAUSE_IF_DOWN, LONGEST_IF_DOWN
        pause: float = min(first * 2**self._in_vain, longest)
        self._in_vain += 1
        return pause
