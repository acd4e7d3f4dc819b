"""How many reads may go to the primary because replicas are out: enough to live, not enough to drown it."""

import logging
import threading
from time import monotonic

from manydb.core.conf import conf
from manydb.core.exceptions import ReplicaUnavailable

logger = logging.getLogger(__name__)

SAY_EVERY = 10.0  # seconds between lines in the log


class Budget:
    """``REPLICA_FALLBACK_PER_SECOND`` of this process: what a second leaves over is not kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = float("inf")
        self._at = self._said = monotonic() - SAY_EVERY

    def take(self) -> bool:
        """Whether one more read may go to the primary."""
        rate = conf.REPLICA_FALLBACK_PER_SECOND
        with self._lock:
            now = monotonic()
            self._left = min(self._left + (now - self._at) * rate, rate)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True

    def may_say(self) -> bool:
        """Whether it is time for another line in the log."""
        with self._lock:
            if monotonic() < self._said + SAY_EVERY:
                return False
            self._said = monotonic()
            return True


_budget = Budget()


def may_fall_back(primary: str) -> bool:
    """Whether a read may go to the primary although that is not what it is for."""
    allowed = conf.REPLICA_FALLBACK and _budget.take()
    if _budget.may_say():
        what = "go to the primary" if allowed else "fail"
        logger.warning("No replica of %s can be read: reads %s", primary, what)
    return allowed


def fall_back(primary: str) -> str:
    """The primary, within the budget.

    Raises:
        ReplicaUnavailable: REPLICA_FALLBACK is off, or used up for this second.
    """
    if may_fall_back(primary):
        return primary
    raise ReplicaUnavailable(
        f"No replica of {primary} can be read, and its primary takes no more reads: see "
        "REPLICA_FALLBACK and REPLICA_FALLBACK_PER_SECOND in settings."
    )
