"""What is to be seen of reads on replicas: state and position of each, and this process's share of reads."""

from typing import Any

from django.db import connections

from .replicas.health import server_of
from .replicas.positions import dialect_for, same_server, written
from .replicas.reads import choices
from .routing import facts, primary_of

HAS_SIGHT = True


def sight_of(alias: str) -> dict[str, Any]:
    """More fields of ``status.Status``, of a database that answers. A replica is judged now, if that is due."""
    primary = primary_of(alias)
    reads = [choices[each] for each in (primary, *facts(primary).get("REPLICAS", ()))]
    share = choices[alias] / sum(reads) if sum(reads) else None
    if alias == primary:
        return {"state": "", "position": written(connections[alias]) or "", "share": share}
    if same_server(alias, primary):
        return {"state": "ok", "position": "", "share": share}
    server = server_of(alias)
    server.can_be_read(alias, primary)
    position = server.applied if dialect_for(connections[alias]) else ""
    return {"state": str(server.state), "position": position, "share": share}
