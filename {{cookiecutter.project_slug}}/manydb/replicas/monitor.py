"""What ``databases`` shows of replicas: state and position of each, and how much it has answered."""

import math
import re
from time import monotonic, sleep
from typing import Any

from django.db import connections

from manydb.core.monitoring import Monitor
from manydb.core.routing import primary_of
from manydb.replicas.health import server_of
from manydb.replicas.positions import ask, dialect_for, same_server, written
from manydb.replicas.read_counts import answered
from manydb.replicas.replica_state import State

# Seconds.
LONGEST_MEASURED = 5.0  # that a lag is waited for; a longer one is its server's own estimate
SHARED_FOR = 2.0


class ReplicaMonitor(Monitor):
    """Judges a replica when that is due, and says what it knows."""

    active = True

    def of(self, alias: str) -> dict[str, Any]:
        connection, primary = connections[alias], primary_of(alias)
        if alias == primary:
            return {"position": _shown(written(connection)), "answered": answered(connection)}
        if same_server(alias, primary):
            return {"state": "ok"}
        server = server_of(alias)
        server.can_be_read(alias, primary)
        shown: dict[str, Any] = {"state": str(server.state), "answered": answered(connection)}
        if dialect_for(connection):
            if (lag := _measured_lag(server.name, alias, primary)) is not None:
                shown["lag"] = lag
            shown["position"] = _shown(server.progress.applied)
        return shown

    def of_unreachable(self, alias: str) -> dict[str, Any]:
        return {} if alias == primary_of(alias) else {"state": str(State.DOWN)}


_measured: dict[str, tuple[float, float | None]] = {}  # by server: when, and the lag


def _measured_lag(server: str, replica: str, primary: str) -> float | None:
    """Seconds until the replica has what its primary has now; None if it does not get there soon.

    What a replica says itself counts from its last transaction, and that is old where the primary was idle. All
    aliases of one server share an answer.
    """
    when, lag = _measured.get(server, (-math.inf, None))
    if monotonic() - when > SHARED_FOR:
        lag = _measure(replica, primary)
        _measured[server] = monotonic(), lag
    return lag


def _measure(replica: str, primary: str) -> float | None:
    connection = connections[replica]
    dialect, wanted = dialect_for(connection), written(connections[primary])
    if dialect is None or not wanted:
        return None
    started = monotonic()
    while not dialect.covers(ask(connection, dialect.applied), wanted):
        if monotonic() - started > LONGEST_MEASURED:
            return None
        sleep(0.05)
    return round(monotonic() - started, 1)


def _shown(position: str | None) -> str:
    """Without its history, and the server that it is of."""
    return re.split(r"[.|@]", position or "")[0]
