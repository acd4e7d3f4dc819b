"""psycopg gives up on a server whose network answers and that says nothing.

MySQL's driver has ``read_timeout`` for that. libpq has nothing: its timeouts are for networks that are silent, too, and
a ``statement_timeout`` is the silent server's own. All that psycopg asks a server goes through the connection's
``wait()``, which is public. Its own limit is of the whole time, however much comes, so it is not the one that is
meant here. It is replaced on one connection. No ticket known.

What is answered soon, as nearly all is, costs no step in Python: for its first moments psycopg waits by itself.
"""

import socket
from collections.abc import Callable, Generator
from time import monotonic
from typing import Any

from manydb.patches import Patch, Unexpected, expect, takes, uses, verified

Conversation = Generator[Any, Any, Any]
AT_ONCE = 0.2  # seconds that psycopg waits by itself, before silence is looked for


def limit_silence(
    session: Any, seconds: Callable[[], float], lost: Callable[[], Exception]
) -> None:
    """Has this connection of psycopg's raise ``lost()`` after so many seconds in which nothing comes, and a moment."""
    if PATCH.name not in verified:
        PATCH.verify()
    if "wait" in vars(session):  # it was handed on: from a pool, or from another thread
        return
    from psycopg import errors

    wait, not_yet = session.wait, errors._WaitTimeout

    def wait_a_while(conversation: Conversation, *args: Any, **kwargs: Any) -> Any:
        has_begun = not (args or kwargs)
        if has_begun:
            try:
                return wait(conversation, timeout=AT_ONCE)
            except not_yet:
                pass
        return wait(_giving_up(conversation, seconds, lost, has_begun), *args, **kwargs)

    session.wait = wait_a_while


def _giving_up(
    conversation: Conversation,
    seconds: Callable[[], float],
    lost: Callable[[], Exception],
    has_begun: bool,
) -> Conversation:
    """The conversation with the server, as psycopg's generators are, and its end after a long silence."""
    give_up = monotonic() + seconds()
    try:
        wanted = conversation.send(0 if has_begun else None)
        while True:
            ready = yield wanted  # 0 several times a second, while nothing comes
            if ready:
                give_up = monotonic() + seconds()
            elif monotonic() > give_up:
                raise lost()
            wanted = conversation.send(ready)
    except StopIteration as done:
        return done.value


def _silent(reading: Any) -> Conversation:
    ready = yield reading
    if ready:
        raise Unexpected("it expects that wait() says 0 while nothing comes")


def _patient(reading: Any) -> Conversation:
    while not (yield reading):
        pass


def _expects() -> None:
    import psycopg
    from psycopg import waiting

    takes(psycopg.Connection.wait, "self", "gen", "interval=0.1", "timeout=None")
    uses(psycopg.Connection.wait, "waiting")
    for ask in (psycopg.Cursor.execute, psycopg.Cursor.executemany, psycopg.ServerCursor.fetchmany):
        uses(ask, "_conn", "wait")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        waiting.wait(_silent(waiting.Wait.R), ours.fileno(), interval=0.001)
        patient = _patient(waiting.Wait.R)
        try:
            waiting.wait(patient, ours.fileno(), interval=0.001, timeout=0.001)
        except psycopg.errors._WaitTimeout:
            expect(patient.send(0) == waiting.Wait.R, "a conversation goes on after a timeout")
        else:
            raise Unexpected("it expects that wait() ends at its timeout")


PATCH = Patch("psycopg_wait", tried=("3.2", "3.3"), of="psycopg", expects=_expects)
