"""How many connections to tenants' databases a process may have open, over all of its threads."""

import logging
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from threading import Condition
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from manydb.core.conf import conf
from manydb.core.exceptions import NoFreeConnection

if TYPE_CHECKING:
    from manydb.tenants.connections import TenantConnection

_logger = logging.getLogger(__name__)

# Seconds after which one who waits looks by itself: an abandoned cursor does not say that it is gone.
_LOOK_AGAIN = 0.1
_LOOK_FOR_OLD = 1.0  # seconds after which idle ones that outlived CONN_MAX_AGE are looked for


class IdleConnection:
    """A server connection without Django's object around it, which belongs to a thread."""

    __slots__ = ("close_at", "compared_at", "error", "identity", "session", "settings")

    def __init__(
        self,
        session: Any,
        settings: dict[str, Any],
        close_at: float | None,
        error: type[Exception],
        identity: str = "",
        compared_at: float = 0.0,
    ) -> None:
        self.session, self.error = session, error  # the driver's
        self.settings = settings  # a connection with this very dict goes to the same database
        self.close_at = close_at  # by time.monotonic()
        # The UUID of the tenant, as the database has said, and when it said so, by time.monotonic().
        self.identity, self.compared_at = identity, compared_at

    def is_old(self, now: float) -> bool:
        return self.close_at is not None and now >= self.close_at

    def close(self) -> None:
        try:
            self.session.close()
        except self.error:  # the server may have closed it before us
            _logger.debug("Closing a connection failed", exc_info=True)


class IdleConnections:
    """Connections that no thread has, the least recently used one first. Not safe for threads: ``Budget`` has the lock."""

    def __init__(self) -> None:
        self._in_order: OrderedDict[IdleConnection, None] = OrderedDict()
        self._by_place: dict[int, list[IdleConnection]] = {}

    def __len__(self) -> int:
        return len(self._in_order)

    def __iter__(self) -> Iterator[IdleConnection]:
        return iter(self._in_order)

    def put(self, idle: IdleConnection) -> None:
        self._in_order[idle] = None
        self._by_place.setdefault(id(idle.settings), []).append(idle)

    def take(self, settings: dict[str, Any]) -> IdleConnection | None:
        """The last used one that leads there."""
        same = self._by_place.get(id(settings))
        return self._remove(same[-1]) if same else None

    def take_first(self) -> IdleConnection | None:
        """The least recently used one."""
        first = next(iter(self), None)
        return self._remove(first) if first else None

    def take_old(self, now: float) -> list[IdleConnection]:
        """Removes and returns connections older than CONN_MAX_AGE."""
        return [self._remove(idle) for idle in list(self) if idle.is_old(now)]

    def _remove(self, idle: IdleConnection) -> IdleConnection:
        del self._in_order[idle]
        same = self._by_place[id(idle.settings)]
        same.remove(idle)
        if not same:
            del self._by_place[id(idle.settings)]
        return idle


class Budget:
    """Lets a connection open when there is room, or once the idle one that has to go first is closed.

    A connection is held by the thread that opened it until its request is over. After that any thread may take
    it that goes to the same database. First to go is the least recently used one that no thread holds, then the
    least recently used one of those that are held but idle. The thread that closes it has its lock, which its own
    thread has whenever it touches the server. One in use never goes.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._held: WeakSet[TenantConnection] = WeakSet()  # a thread that ends leaves nothing here
        self._idle = IdleConnections()
        self.waiting = 0
        self._look_for_old_at = 0.0

    def __len__(self) -> int:
        return len(self._held) + len(self._idle)

    def enter(self, connection: "TenantConnection") -> IdleConnection | None:
        """Takes a place for a connection that is about to open, and waits for one if it has to.

        Returns:
            an idle connection to the same database, which need not be opened.

        Raises:
            NoFreeConnection: all are in use, and stayed so while TENANT_CONNECTIONS_WHEN_BUSY allowed.
        """
        limit: int | None = conf.TENANT_CONNECTIONS
        close: Callable[[], None] | None = None
        with self._changed:
            idle = self._idle.take(connection.settings_dict)
            if idle is not None and idle.is_old(time.monotonic()):
                close, idle = idle.close, None
            elif idle is None and limit is not None and len(self) >= limit:
                close = self._wait_for_idle(connection, limit)
            self._held.add(connection)
        if close is not None:  # its place is ours; others need not wait while it says goodbye
            close()
        return idle

    def keep(self, connection: "TenantConnection", idle: IdleConnection) -> None:
        """Keeps what a thread has open and does not need before its next request."""
        now = time.monotonic()
        old: list[IdleConnection] = []
        with self._changed:
            self._held.discard(connection)
            self._idle.put(idle)
            if now >= self._look_for_old_at:
                self._look_for_old_at = now + _LOOK_FOR_OLD
                old = self._idle.take_old(now)
            if self.waiting:
                self._changed.notify()
        for each in old:
            each.close()

    def leave(self, connection: "TenantConnection") -> None:
        """Gives the place of a closed connection back."""
        with self._changed:
            self._held.discard(connection)
            self._changed.notify()

    def notify(self) -> None:
        """Wakes a waiting thread after a held connection has become idle."""
        if self.waiting:
            with self._changed:
                self._changed.notify()

    def idle(self) -> list[dict[str, Any]]:
        """Returns the settings of each connection that no thread has."""
        with self._changed:
            return [idle.settings for idle in self._idle]

    def close_idle(self) -> None:
        """Closes all that no thread has."""
        with self._changed:
            closed, self._idle = self._idle, IdleConnections()
            self._changed.notify_all()
        for idle in closed:
            idle.close()

    def forked(self) -> None:
        """Forgets, in a new process, the connections of its parent, which goes on using them."""
        self._parents = self._idle  # kept, for the driver may close what is dropped
        self._changed = Condition()
        self._idle = IdleConnections()

    def _wait_for_idle(
        self, connection: "TenantConnection", limit: int
    ) -> Callable[[], None] | None:
        """Closes the idle connection that has to go, whose place is free now; None if there is room."""
        waits = conf.TENANT_CONNECTIONS_WHEN_BUSY == "wait"
        deadline = time.monotonic() + (conf.TENANT_CONNECTIONS_WAIT if waits else 0)
        self.waiting += 1  # before looking: who falls idle from now on tells us
        try:
            while len(self) >= limit:
                if (close := self.take_idle()) is not None:
                    return close
                left = deadline - time.monotonic()
                if left <= 0:
                    raise NoFreeConnection(
                        f"{connection.alias} can't be opened: all {limit} connections to tenants' databases "
                        "that this process may have are in use. Raise TENANT_CONNECTIONS, or run fewer threads."
                    )
                self._changed.wait(min(left, _LOOK_AGAIN))
            return None
        finally:
            self.waiting -= 1

    def take_idle(self) -> Callable[[], None] | None:
        """Replaces the idle connection that has to go first. The caller must call the function that closes it."""
        with self._changed:
            if (idle := self._idle.take_first()) is not None:
                return idle.close
            for held in sorted(self._held, key=lambda held: held.last_used):
                if held.lock_if_idle():
                    self._held.discard(held)
                    return held.close_for_another
            return None


budget = Budget()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=budget.forked)
