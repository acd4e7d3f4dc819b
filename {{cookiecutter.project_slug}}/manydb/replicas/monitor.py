"""What ``databases`` shows of replicas: state and position of each, and how much it has answered."""

from typing import Any

from django.db import connections

from manydb.core.monitoring import Monitor
from manydb.core.routing import primary_of
from manydb.replicas.health import server_of
from manydb.replicas.positions import dialect_for, same_server, written
from manydb.replicas.read_counts import answered
from manydb.replicas.replica_state import State


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
        position = _shown(server.progress.applied) if dialect_for(connection) else ""
        return {"state": str(server.state), "position": position, "answered": answered(connection)}

    def of_unreachable(self, alias: str) -> dict[str, Any]:
        return {} if alias == primary_of(alias) else {"state": str(State.DOWN)}


def _shown(position: str | None) -> str:
    """Without the server that it is of."""
    return (position or "").partition("@")[0]
