"""psycopg gives up on a server whose network answers and that says nothing.

MySQL's driver has ``read_timeout`` for that. libpq has nothing: its timeouts are for networks that are silent, too, and
a ``statement_timeout`` is the silent server's own. All that psycopg asks a server goes through the connection's
``wait()``, which is public and has no limit of time. It is replaced on one connection. No ticket known.
"""

import socket
from collections.abc import Callable, Generator
from time import monotonic
from typing import Any

from manydb.patches import Patch, Unexpected, takes, uses, verified

Conversation = Generator[Any, Any, Any]


def limit_silence(
    session: Any, seconds: Callable[[], float], lost: Callable[[], Exception]
) -> None:
    """Has this connection of psycopg's raise ``lost()`` after so many seconds in which nothing comes."""
    if PATCH.name not in verified:
        PATCH.verify()
    if "wait" in vars(session):  # it was handed on: from a pool, or from another thread
        return
    wait = session.wait

    def wait_a_while(conversation: Conversation, *args: Any, **kwargs: Any) -> Any:
        return wait(_giving_up(conversation, seconds, lost), *args, **kwargs)

    session.wait = wait_a_while


def _giving_up(
    conversation: Conversation, seconds: Callable[[], float], lost: Callable[[], Exception]
) -> Conversation:
    """The conversation with the server, as psycopg's generators are, and its end after a long silence."""
    give_up = monotonic() + seconds()
    try:
        wanted = next(conversation)
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


PATCH = Patch("psycopg_wait", tried=("3.2", "3.3"), of="psycopg", expects=_expects)
