"""Django's connection object with a server connection that is open already.

Django opens and closes a server connection with the object of one thread; its pool for psycopg has no limit over
many databases, and MySQL has none. So an object gives its server connection up when its request is over, and one
of another thread takes it. The session on the server stays as it is, and is told nothing twice.

Django's ``connect()`` calls ``get_new_connection()``, ``set_autocommit()`` and ``init_connection_state()`` and sends
``connection_created``. An object that takes a server connection for the first time goes through all of that,
with the first three doing nothing. After that there is nothing left to prepare. No ticket known.
"""

import select
from collections.abc import Callable
from time import monotonic
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from manydb.patches import Patch, expect, has, takes
from manydb.patches.driver_cursors import cursors_of, guard_session, sqlite_session
from manydb.patches.probe import ProbeBackend


class ReusingConnection(BaseDatabaseWrapper):
    """Goes in front of a backend's class."""

    _offered: Any = None
    answer_is_trusted_for: Callable[[], float] = staticmethod(lambda: 0.0)  # seconds
    _prepared_for: dict[str, Any] | None = None  # the settings of its last connect()

    def connect(self) -> None:
        """Opens it; one whose receivers of connection_created have failed is closed, for guards are among them."""
        self._prepared_for = None
        try:
            super().connect()
        except BaseException:
            session, self.connection = self.connection, None
            if session is not None:
                session.close()
            raise
        self._prepared_for = self.settings_dict

    def reuse(self, session: Any, close_at: float | None) -> bool:
        """Takes a server connection that leads where the settings do, and says whether it is healthy.

        It is asked where CONN_HEALTH_CHECKS says so, unless it has answered a moment ago. ``close_at`` is when
        it has reached CONN_MAX_AGE, by ``time.monotonic()``.
        """
        if self.settings_dict["CONN_HEALTH_CHECKS"] and not self._is_alive(session):
            return False
        if self._prepared_for is self.settings_dict:
            self.connection = session
            guard_session(session, cursors_of(self))
        else:
            self._offered = session
            try:
                ReusingConnection.connect(self)
            finally:
                self._offered = None
        self.close_at = close_at
        self.health_check_done = True
        self.errors_occurred = self.needs_rollback = False
        return True

    def is_usable(self) -> bool:
        """Asked whichever tenant is active: by Django alone, on the driver's own connection."""
        cursors = cursors_of(self)
        cursors.trusts_session = True
        try:
            return super().is_usable()
        finally:
            cursors.trusts_session = False

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if self.vendor == "sqlite":
            params.setdefault("factory", sqlite_session())
        return params

    def _is_alive(self, session: Any) -> bool:
        if has_answered(session, self.answer_is_trusted_for()):
            return True
        if not self._is_usable_with(session):
            return False
        note_answer(session)
        return True

    def _is_usable_with(self, session: Any) -> bool:
        self.connection = session
        # From now on, or its cursors would be those of the object that had it, which may be another thread's.
        guard_session(session, cursors_of(self))
        try:
            return self.is_usable()
        finally:
            self.connection = None

    def give_up(self) -> tuple[Any, float | None]:
        """The server connection, which is another object's from now on, and when it is to be closed."""
        session, self.connection = self.connection, None
        return session, self.close_at

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if self._offered is not None:
            return self._offered
        return super().get_new_connection(conn_params)

    def set_autocommit(self, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        if self._offered is not None:
            self.autocommit = autocommit
        else:
            super().set_autocommit(autocommit, *args, **kwargs)

    def init_connection_state(self) -> None:
        if self._offered is None:
            super().init_connection_state()
        self._offered = None  # receivers of connection_created come next, and may do anything


# Attributes of the driver's connection: when it answered, by monotonic(), and what looks at its socket.
_ANSWERED_AT, _POLL = "manydb_answered_at", "manydb_poll"


def note_answer(session: Any) -> None:
    """Notes that the server has just answered a health check. A driver's type without attributes is asked each time."""
    if hasattr(session, "__dict__"):
        vars(session)[_ANSWERED_AT] = monotonic()


def forget_answer(session: Any) -> None:
    """Has the server asked at the next health check."""
    if hasattr(session, "__dict__"):
        vars(session).pop(_ANSWERED_AT, None)


def has_answered(session: Any, seconds: float) -> bool:
    """Whether the server has answered a health check within so many seconds, and has not ended the connection since."""
    try:
        answered_at: float = vars(session)[_ANSWERED_AT]
    except (TypeError, KeyError):
        return False
    return monotonic() - answered_at < seconds and is_silent(session)


def is_silent(session: Any) -> bool:
    """Whether nothing waits at the socket: the end of the connection would, and so would the server's reason for it."""
    try:
        number = session.fileno()
        known: tuple[int, Any] | None = vars(session).get(_POLL)
        if known is None or known[0] != number:
            look = select.poll()
            look.register(number, select.POLLIN)
            known = vars(session)[_POLL] = number, look
        return not known[1].poll(0)
    except Exception:  # whatever a driver raises for a closed one, or a system without poll()
        return False


def _expects() -> None:
    """What an object goes through that takes a server connection for the first time, and what after that."""
    takes(BaseDatabaseWrapper.get_new_connection, "self", "conn_params")
    done: list[str] = []

    class Backend(ProbeBackend):
        def get_connection_params(self) -> dict[str, Any]:
            return {}

        def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
            done.append("opened")

        def _set_autocommit(self, autocommit: bool) -> None:
            done.append("autocommit")

        def init_connection_state(self) -> None:
            done.append("state")

        def is_usable(self) -> bool:
            done.append("asked")
            return True

    def note(connection: Any, **kwargs: Any) -> None:
        done.append("created")

    session = object()
    settings = {
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "AUTOCOMMIT": True,
        "TIME_ZONE": None,
    }
    taker: Any = type("Taker", (ReusingConnection, Backend), {})(settings, "probe")
    attributes = (
        "autocommit",
        "close_at",
        "closed_in_transaction",
        "errors_occurred",
        "needs_rollback",
    )
    has(taker, "health_check_done", *attributes)
    sender = type(taker)
    connection_created.connect(note, sender=sender)
    try:
        found = []
        for _ in range(2):
            taker.reuse(session, None)
            taker.close_if_health_check_failed()
            expect(taker.connection is session, "connect() takes what get_new_connection() gives")
            expect(taker.autocommit, "a new connection is in autocommit")
            found.append(done[:])
            done.clear()
            taker.give_up()
    finally:
        connection_created.disconnect(note, sender=sender)
    expect(
        found == [["asked", "created"], ["asked"]],
        "connect() does what get_new_connection(), set_autocommit() and init_connection_state() do, "
        f"and sends connection_created, and no more: {found}",
    )


PATCH = Patch("reused_connections", tried=("5.2", "6.1"), expects=_expects)
