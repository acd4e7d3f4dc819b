"""A connection that has answered a moment ago is not asked again whether it is alive, unless its socket says something.

Where CONN_HEALTH_CHECKS is set, Django asks each kept connection in each request that uses it: one more statement
for each database. A request that reads a replica and writes to its primary pays for two. A server that ends a
connection closes its socket, which can be seen without a statement. What can't be seen is a network that drops what
was silent for minutes, so after some seconds the server is asked as before. No ticket known.

Tenants' connections, which are handed on, look by themselves (``reused_connections``).
"""

from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from manydb.patches import Patch, expect, takes, uses
from manydb.patches.probe import ProbeBackend
from manydb.patches.reused_connections import ReusingConnection, has_answered, note_answer


def install(seconds: Callable[[], float]) -> None:
    """Makes the change to each connection that is opened from now on. ``seconds`` returns how long an answer is trusted."""
    PATCH.verify()
    ReusingConnection.answer_is_trusted_for = staticmethod(seconds)
    connection_created.connect(_watch_new, dispatch_uid=__name__)


def _watch_new(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    sees_its_end = hasattr(connection.connection, "fileno")  # not sqlite3, which has no server
    if sees_its_end and not isinstance(connection, ReusingConnection):
        watch_checks(connection)


def watch_checks(connection: Any) -> None:
    """Lets a connection that has answered a moment ago pass its health check."""
    if "close_if_health_check_failed" in vars(connection):
        return
    check = connection.close_if_health_check_failed

    def close_if_health_check_failed() -> None:
        session: Any = connection.connection
        if session is None or connection.health_check_done or not connection.health_check_enabled:
            return
        if has_answered(session, ReusingConnection.answer_is_trusted_for()):
            connection.health_check_done = True
            return
        check()
        note_answer(connection.connection)

    connection.close_if_health_check_failed = close_if_health_check_failed


def _expects() -> None:
    takes(BaseDatabaseWrapper.close_if_health_check_failed, "self")
    uses(
        BaseDatabaseWrapper.close_if_unusable_or_obsolete,
        "health_check_done",
        "errors_occurred",
        "is_usable",
    )
    uses(BaseDatabaseWrapper._cursor, "close_if_health_check_failed")  # type: ignore[attr-defined]
    asked: list[object] = []

    class Backend(ProbeBackend):
        def is_usable(self) -> bool:
            asked.append(self.connection)
            return True

    probe: Any = Backend({}, "probe")
    probe.connection, probe.health_check_enabled = object(), True
    watch_checks(probe)
    for _ in range(2):
        probe.close_if_health_check_failed()
    expect(
        asked == [probe.connection], "a connection is asked once, until health_check_done is False"
    )


PATCH = Patch("health_checks", tried=("5.2", "6.1"), expects=_expects)
