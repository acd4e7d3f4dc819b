"""How many connections to tenants' databases a process may have open, over all of its threads."""

import os
import time
from collections.abc import Callable
from threading import Condition
from typing import TYPE_CHECKING
from weakref import WeakSet

from manydb.core.conf import conf
from manydb.core.exceptions import NoFreeConnection
from manydb.tenants.idle import Rested, Resting

if TYPE_CHECKING:
    from manydb.tenants.connections import TenantConnection

# Seconds after which one who waits looks by itself: an abandoned cursor tells nobody that it is gone.
_LOOK_AGAIN = 0.1
_LOOK_FOR_OLD = 1.0  # seconds after which those that rest and outlived CONN_MAX_AGE are looked for


class Budget:
    """Lets a connection open when there is room, or once the idle one that has to go first is closed.

    A connection is held by the thread that opened it until its request is over, and then rests until any thread
    goes to the same database. First to go is what rests (see ``Resting``), then the least recently used one
    of those that are held but idle: whoever closes that one has its lock, which its own thread has whenever
    it touches the server. One in use never goes.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._held: WeakSet[TenantConnection] = WeakSet()  # a thread that ends leaves nothing here
        self._resting = Resting()
        self._waiting = 0
        self._look_for_old_at = 0.0

    def __len__(self) -> int:
        return len(self._held) + len(self._resting)

    def enter(self, connection: "TenantConnection") -> Rested | None:
        """Takes a place for a connection that is about to open, and waits for one if it has to.

        Returns:
            what rests and leads to the same database: it need not be opened.

        Raises:
            NoFreeConnection: all are in use, and stayed so while TENANT_CONNECTIONS_WHEN_BUSY allowed.
        """
        limit: int | None = conf.TENANT_CONNECTIONS
        close: Callable[[], None] | None = None
        with self._changed:
            rested = self._resting.take(connection.settings_dict)
            if rested is not None and rested.is_old(time.monotonic()):
                close, rested = rested.close, None
            elif rested is None and limit is not None and len(self) >= limit:
                close = self._wait_for_idle(connection, limit)
            self._held.add(connection)
        if close is not None:  # its place is ours; others need not wait while it says goodbye
            close()
        return rested

    def rest(self, connection: "TenantConnection", rested: Rested) -> None:
        """Takes what a thread has open and does not need before its next request."""
        now = time.monotonic()
        old: list[Rested] = []
        with self._changed:
            self._held.discard(connection)
            self._resting.put(rested)
            if now >= self._look_for_old_at:
                self._look_for_old_at = now + _LOOK_FOR_OLD
                old = self._resting.take_old(now)
            if self._waiting:
                self._changed.notify()
        for rested in old:
            rested.close()

    def leave(self, connection: "TenantConnection") -> None:
        """Gives the place of a closed connection back."""
        with self._changed:
            self._held.discard(connection)
            self._changed.notify()

    def tell(self) -> None:
        """To be called when a held connection falls idle: somebody may be waiting for that."""
        if self._waiting:
            with self._changed:
                self._changed.notify()

    def close_resting(self) -> None:
        """Closes all that no thread has."""
        with self._changed:
            resting, self._resting = self._resting, Resting()
            self._changed.notify_all()
        for rested in resting:
            rested.close()

    def forked(self) -> None:
        """To be called in a new process: what is open is its parent's, which goes on using it."""
        self._parents = self._resting  # kept, for the driver may close what is dropped
        self._changed = Condition()
        self._resting = Resting()

    def _wait_for_idle(
        self, connection: "TenantConnection", limit: int
    ) -> Callable[[], None] | None:
        """Closes the idle connection that has to go, whose place is free now; None if there is room."""
        waits = conf.TENANT_CONNECTIONS_WHEN_BUSY == "wait"
        deadline = time.monotonic() + (conf.TENANT_CONNECTIONS_WAIT if waits else 0)
        self._waiting += 1  # before looking: who falls idle from now on tells us
        try:
            while len(self) >= limit:
                if (close := self.take_idle()) is not None:
                    return close
                left = deadline - time.monotonic()
                if left <= 0:
                    raise NoFreeConnection(
                        f"{connection.alias} can't be opened: all {limit} connections to tenants' databases "
                        "that this process may have (TENANT_CONNECTIONS) are in use."
                    )
                self._changed.wait(min(left, _LOOK_AGAIN))
            return None
        finally:
            self._waiting -= 1

    def take_idle(self) -> Callable[[], None] | None:
        """Takes the place of the idle connection that has to go first; what closes it must be called."""
        with self._changed:
            if (rested := self._resting.take_first()) is not None:
                return rested.close
            for held in sorted(self._held, key=lambda held: held.last_used):
                if held.lock_if_idle():
                    self._held.discard(held)
                    return held.close_for_another
            return None


budget = Budget()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=budget.forked)
