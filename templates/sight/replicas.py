"""What is to be seen of reads on replicas: state and position of each, and how much it has answered."""

from typing import Any

from django.db import connections

from .replicas.answered import answered
from .replicas.health import server_of
from .replicas.positions import dialect_for, same_server, written
from .replicas.states import State
from .routing import primary_of

HAS_SIGHT = True


def sight_of(alias: str) -> dict[str, Any]:
    """More fields of ``status.Status``, of a database that answers. A replica is judged now, if that is due."""
    connection, primary = connections[alias], primary_of(alias)
    if alias == primary:
        return {"position": _shown(written(connection)), "answered": answered(connection)}
    if same_server(alias, primary):
        return {"state": "ok"}
    server = server_of(alias)
    server.can_be_read(alias, primary)
    position = _shown(server.progress.applied) if dialect_for(connection) else ""
    return {"state": str(server.state), "position": position, "answered": answered(connection)}


def sight_of_silent(alias: str) -> dict[str, Any]:
    """The same of one that does not answer."""
    return {} if alias == primary_of(alias) else {"state": str(State.DOWN)}


def _shown(position: str | None) -> str:
    """Without the server that it is of."""
    return (position or "").partition("@")[0]
