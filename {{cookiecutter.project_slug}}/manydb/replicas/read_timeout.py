"""No read waits without end for a replica that is frozen: its network still answers, but nobody speaks.

MySQL's driver has ``read_timeout`` for that (``REPLICA_PATIENCE`` in ``manydb/presets/mysql.py``), libpq has
nothing: its timeouts are for networks that are silent, too. What takes longer is lost as if the replica had
died. A query of yours that may be silent for longer belongs on an alias with longer patience.
"""

from collections.abc import Generator
from time import monotonic
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

PATIENCE = 10.0  # seconds of silence; MySQL's is the same


@receiver(connection_created)
def be_impatient(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Has psycopg give up on a replica that says nothing."""
    if connection.vendor != "postgresql" or not connection.settings_dict.get("REPLICA_OF"):
        return
    session: Any = connection.connection
    if "wait" in vars(session):  # it was handed on: from a pool, or from another thread
        return
    wait = session.wait

    def wait_a_while(conversation: Any, *args: Any, **kwargs: Any) -> Any:
        return wait(_giving_up(conversation, connection), *args, **kwargs)

    session.wait = wait_a_while


def _giving_up(
    conversation: Generator[Any, Any, Any], connection: BaseDatabaseWrapper
) -> Generator[Any, Any, Any]:
    """The same conversation with the server, as psycopg's generators are, and its end after a long silence."""
    give_up = monotonic() + PATIENCE
    try:
        wanted = next(conversation)
        while True:
            ready = yield wanted  # 0 several times a second, while nothing comes
            if ready:
                give_up = monotonic() + PATIENCE
            elif monotonic() > give_up:
                raise connection.Database.OperationalError(  # type: ignore[attr-defined]
                    f"no answer for {PATIENCE:g} s"
                )
            wanted = conversation.send(ready)
    except StopIteration as done:
        return done.value
