"""How far a replica has applied what its primary wrote, and so how late it is.

It shows how late it is by the positions that the primary had at earlier checks and that it has applied since.
An idle primary does not move, so its replica is not late; one whose replay stands still, or that receives
nothing, does not get there. Between two looks nothing is known, so there are two bounds: a process that was quiet
must not take its own silence for the replica's lag.
"""

import math
from collections.abc import Iterable

from manydb.replicas.position_sql import Dialect
from manydb.replicas.positions import Position

MOST_AWAITED = 100  # positions


class Progress:
    """Of one server. ``applied`` is the position that it had reached when it was last asked."""

    def __init__(self) -> None:
        self.applied = ""
        self._is_sure = False  # that it still has it
        # When and where the primary was, of what it has not got; and when it was where this one is.
        self._awaited: list[tuple[float, str]] = []
        self._fresh = -math.inf

    def doubt(self) -> None:
        """Notes that the replica may have been restarted, and have gone back."""
        self._is_sure = False

    def forget(self) -> None:
        """Notes that the replica is unreachable, so that its position is not known any more."""
        self._is_sure, self._fresh = False, -math.inf
        self._awaited.clear()

    def expect(self, now: float, written: str) -> None:
        """Notes where its primary is."""
        self._awaited.append((now, written))
        if len(self._awaited) > MOST_AWAITED:
            del self._awaited[1::2]

    def note(self, applied: str, dialect: Dialect) -> None:
        """Finds the newest that it has. An older one may never be: the primary may have been restored."""
        self.applied, self._is_sure = applied, True
        for number in reversed(range(len(self._awaited))):
            when, written = self._awaited[number]
            if dialect.covers(applied, written):
                self._fresh = when
                del self._awaited[: number + 1]
                return

    def at_most(self, now: float) -> float:
        """Seconds that it may be late; infinite before it has shown anything.

        A process that has not looked for some time knows no better, however well the replica is.
        """
        return now - self._fresh

    def at_least(self, now: float) -> float:
        """Seconds that it is late for sure: it lacks what the primary had then."""
        return now - self._awaited[0][0] if self._awaited else 0.0

    def has(self, wanted: Iterable[Position], dialect: Dialect | None) -> bool:
        """Whether it is known to have these; where there are no positions, time tells."""
        return all(
            self._is_sure and dialect.covers(self.applied, position.text)
            if dialect and position.text
            else position.is_old_enough()
            for position in wanted
        )
