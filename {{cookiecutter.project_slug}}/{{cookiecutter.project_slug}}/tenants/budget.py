"""How many connections to tenants' databases a process may have open, over all of its threads."""

import time
from threading import Condition
from typing import TYPE_CHECKING
from weakref import WeakSet

from django.conf import settings

from ..databases.exceptions import NoFreeConnection

if TYPE_CHECKING:
    from .connections import TenantConnection

# Seconds after which one who waits looks by itself: an abandoned cursor tells nobody that it is gone.
_LOOK_AGAIN = 0.1
_LATER = 1e9  # seconds, more than any clock shows


class Budget:
    """Lets a connection open when there is room, or once the least recently used idle one is closed.

    The idle one may live in another thread. If it is to the same database it is not closed but taken over:
    threads that serve the same tenants share what is open. Whoever closes or takes a connection holds its
    lock, which its own thread holds whenever it touches the server: see ``TenantConnection``.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._open: WeakSet[TenantConnection] = WeakSet()  # a thread that ends leaves nothing here
        self._waiting = 0

    def __len__(self) -> int:
        return len(self._open)

    def connections(self) -> "list[TenantConnection]":
        """Those that have a place, of all threads."""
        with self._changed:
            return list(self._open)

    def enter(self, connection: "TenantConnection") -> "TenantConnection | None":
        """Takes a place for a connection that is about to open, and waits for one if it has to.

        Returns:
            an idle connection of another thread to the same database, locked; what it has open is free
            to take.

        Raises:
            NoFreeConnection: all are in use, and stayed so while TENANT_CONNECTIONS_WHEN_BUSY allowed.
        """
        limit: int | None = settings.TENANT_CONNECTIONS
        with self._changed:
            twin = self._lock_twin_of(connection)
            victim = None
            if twin is not None:
                self._open.discard(twin)
            elif limit is not None and connection not in self._open and len(self._open) >= limit:
                victim = self._wait_for_idle(connection, limit)
            self._open.add(connection)
        if victim is not None:  # its place is ours; others need not wait while it says goodbye
            victim.close_for_another()
        return twin

    def _lock_twin_of(self, connection: "TenantConnection") -> "TenantConnection | None":
        for other in self._open:
            same = other.settings_dict is connection.settings_dict
            if same and other.is_resting and other.lock_if_idle():
                return other
        return None

    def leave(self, connection: "TenantConnection") -> None:
        """Gives the place of a closed connection back."""
        with self._changed:
            self._open.discard(connection)
            self._changed.notify()

    def tell(self) -> None:
        """To be called when a connection falls idle: somebody may be waiting for that."""
        if self._waiting:
            with self._changed:
                self._changed.notify()

    def _wait_for_idle(
        self, connection: "TenantConnection", limit: int
    ) -> "TenantConnection | None":
        """The least recently used idle connection, locked and without its place; None if there is room."""
        waits = settings.TENANT_CONNECTIONS_WHEN_BUSY == "wait"
        deadline = time.monotonic() + (settings.TENANT_CONNECTIONS_WAIT if waits else 0)
        self._waiting += 1  # before looking: who falls idle from now on tells us
        try:
            while len(self._open) >= limit:
                for candidate in sorted(self._open, key=_order):
                    if candidate.lock_if_idle():
                        self._open.discard(candidate)
                        return candidate
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


def _order(connection: "TenantConnection") -> float:
    """By last use; those that a request is not over with come last."""
    return connection.last_used + (0 if connection.is_resting else _LATER)


budget = Budget()
