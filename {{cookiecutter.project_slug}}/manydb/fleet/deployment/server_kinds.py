"""The kinds of servers that databases can be deployed on."""

from collections.abc import Iterable, Mapping
from typing import Any

from manydb.core.credentials import login_of
from manydb.core.entries import vendor
from manydb.fleet.deployment.mysql import MySQLServer
from manydb.fleet.deployment.postgresql import PostgreSQLServer
from manydb.fleet.deployment.server import DatabaseServer

KINDS: dict[str, type[DatabaseServer]] = {"mysql": MySQLServer, "postgresql": PostgreSQLServer}


def server_at(
    entry: Mapping[str, Any],
    replicas: Iterable[Mapping[str, Any]],
    pages: Mapping[str, Any] | None = None,
) -> DatabaseServer:
    """Returns the server of a direct entry, with the accounts of this entry and of its replicas.

    ``pages`` is an entry that pages use, with the same pooler.

    Raises:
        KeyError: there is no such kind.
    """
    first = next(iter(replicas), None)
    return KINDS[vendor(entry)](entry, login_of(first) if first is not None else None, pages)
