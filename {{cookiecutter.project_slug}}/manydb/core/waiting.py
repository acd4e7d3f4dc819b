"""Which threads of this process wait for which server, so that one server that is frozen does not hold them all.

A frozen server still answers on the network, so each statement waits for it until its deadline. With all threads
waiting, pages that need another server, or none, would wait as well. So only a few of them may wait for a server
that says nothing (``SERVER_THREADS``); the others are told at once that there is no free connection. A server that
answers one of its threads is not silent, however many wait for it.

Long statements and those that wait for a lock look the same. So before a thread is refused, one asks the server
something over a connection of its own. Who is in a transaction may hold the lock, and is not refused at all.
"""

import logging
from collections.abc import Callable, Mapping
from contextvars import Context
from functools import wraps
from threading import Lock, Thread, get_ident
from time import monotonic, sleep
from typing import Any

from manydb.core import failures
from manydb.core.conf import conf
from manydb.core.exceptions import NoFreeConnection

logger = logging.getLogger(__name__)

# Seconds.
RECENTLY = 0.1  # a server that answered so lately is not silent
A_MOMENT = 0.3  # that another statement may take before its server counts as silent
LONG = 1.0  # after which a statement that is lost was lost to silence
FIRST_PAUSE, LONGEST_PAUSE = (
    0.5,
    5.0,
)  # between attempts at a server that was silent until a deadline
LOOK_AGAIN = 0.01
_KNOCK = 0  # the key, among threads, of the question whether a server is there


class Server:
    """One server as this process sees it. All threads share it; dicts make its changes safe."""

    __slots__ = ("_lock", "answered", "lost", "name", "refused_at", "try_at", "waiting")

    def __init__(self, name: str) -> None:
        self.name = name
        self.waiting: dict[int, float] = {}  # since when, by thread
        self.answered = monotonic()  # at the latest
        self.lost = 0  # deadlines that have passed one after the other, without an answer
        self.try_at = 0.0
        self.refused_at = 0.0  # when it last refused a write, because it takes none
        self._lock = Lock()

    def begin(self, connection: Any = None, *, may_refuse: bool = True) -> float:
        """Notes that this thread asks the server something, over this connection.

        Returns:
            since when, for ``end`` or ``failed``; 0.0 if the thread is asking already.

        Raises:
            NoFreeConnection: the server is silent, and enough threads wait for it.
        """
        me = get_ident()
        waiting = self.waiting
        if me in waiting:
            return 0.0
        limit = conf.SERVER_THREADS
        if (self.lost or len(waiting) >= (limit or 1)) and limit is not None and may_refuse:
            self._find_room(limit, connection)
        now = waiting[me] = monotonic()
        return now

    def end(self, since: float) -> None:
        """Notes that it has answered."""
        if since:
            self.waiting.pop(get_ident(), None)
            if self.lost:
                self._has_answered()
            else:  # as nearly always, after each statement
                self.answered = monotonic()

    def failed(self, error: BaseException, since: float) -> None:
        """Notes how a question has ended: an error of the server's is an answer, too."""
        answered = not failures.connection_is_lost(error) or failures.server_has_spoken(error)
        self.replied(answered, since)

    def replied(self, answered: bool, since: float) -> None:
        """Notes whether a question was answered, or its connection lost."""
        if not since:
            return
        self.waiting.pop(get_ident(), None)
        if answered:
            self._has_answered()
        elif monotonic() - since > LONG and self.answered <= since:
            self._is_lost()

    def refuses_writes(self) -> None:
        """Notes that connections which are open by now may lead to a server that was demoted."""
        now = monotonic()
        if now - self.refused_at > LONG:
            logger.warning("%s takes no writes: connections to it are opened again", self.name)
        self.refused_at = now

    def _has_answered(self) -> None:
        self.answered = monotonic()
        if self.lost:
            self.lost = 0
            logger.warning("%s answers again", self.name)

    def _is_lost(self) -> None:
        if not self.lost:
            logger.error("%s does not answer: most of what is for it is refused", self.name)
        self.try_at = monotonic() + min(FIRST_PAUSE * 2**self.lost, LONGEST_PAUSE)
        self.lost += 1

    def _find_room(self, limit: int, connection: Any) -> None:
        """Returns when this thread may ask."""
        if not self.lost and _is_in_transaction(connection):
            return
        has_knocked = False
        while True:
            now = monotonic()
            # Before the answer is looked at: the one who knocks notes that first, and goes then.
            youngest = max(list(self.waiting.values()), default=0.0)
            if not self.lost and (len(self.waiting) < limit or now - self.answered < RECENTLY):
                return
            if self.lost and not self.waiting and self._may_try(now):
                return
            is_silent = self.lost > 0 or now - youngest > A_MOMENT
            if is_silent and (self.lost or has_knocked or not self._knock(connection)):
                raise NoFreeConnection(
                    f"{self.name} does not answer, and {min(len(self.waiting), limit)} threads of this process wait for it "
                    "(SERVER_THREADS). Look at the server."
                )
            has_knocked |= is_silent
            sleep(LOOK_AGAIN)

    def _knock(self, connection: Any) -> bool:
        """Has a thread ask whether the server is there; False if one does so already."""
        with self._lock:
            if connection is None or _KNOCK in self.waiting:
                return False
            self.waiting[_KNOCK] = monotonic()
        thread = Thread(target=Context().run, args=(self._ask, connection.copy()), daemon=True)
        thread.start()
        return True

    def _ask(self, connection: Any) -> None:
        self.waiting[get_ident()] = since = monotonic()
        try:
            connection.ask_anew()
        except Exception as error:
            self.failed(error, since)
        else:
            self.replied(True, since)
        finally:
            self.waiting.pop(_KNOCK, None)

    def _may_try(self, now: float) -> bool:
        """Whether it is time to try again, for one thread."""
        with self._lock:
            if now < self.try_at:
                return False
            self.try_at = now + LONGEST_PAUSE
            return True


def _is_in_transaction(connection: Any) -> bool:
    """Whether the server has answered in a transaction that is still open."""
    if not getattr(connection, "in_atomic_block", False):
        return False
    # PostgreSQL's drivers send BEGIN with the first statement, and know. That of MySQL sends its beginning at once.
    status = getattr(getattr(connection.connection, "info", None), "transaction_status", None)
    return status is None or status != _IDLE


_IDLE = 0  # of libpq

_servers: dict[str, Server] = {}


def server_at(settings: Mapping[str, Any]) -> Server:
    """The server of these settings of a connection."""
    name = f"{settings.get('HOST') or 'localhost'}:{settings.get('PORT') or ''}"
    return _servers.get(name) or _servers.setdefault(name, Server(name))


def counted(method: Callable[..., Any], *, may_refuse: bool = False) -> Callable[..., Any]:
    """A method of a connection that asks its ``server``, with the thread counted while it waits."""

    @wraps(method)
    def counting(self: Any, *args: Any, **kwargs: Any) -> Any:
        server: Server = self.server
        since = server.begin(self, may_refuse=may_refuse)
        try:
            result = method(self, *args, **kwargs)
        except BaseException as error:
            server.failed(error, since)
            raise
        server.end(since)
        return result

    return counting
