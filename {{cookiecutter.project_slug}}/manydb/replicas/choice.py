"""Which replica a read goes to: the same one for the same client, as long as it can take it."""

import logging
from collections.abc import Collection, Sequence
from hashlib import blake2b
from math import log

from django.db import Error, connections

from manydb.core.conf import conf
from manydb.core.exceptions import ReplicaUnavailable
from manydb.replicas import positions
from manydb.replicas.fallback import fall_back
from manydb.replicas.health import server_of

logger = logging.getLogger(__name__)


def choose(primary: str, client: str, wanted: Collection[positions.Position]) -> str:
    """The alias that this client reads from, with a connection that is open.

    That is the primary if no replica has yet got what the client wrote (``wanted``), or if none can be
    read and the fall-back allows it.

    While the primary is away, an older answer of a replica is better than none, unless REPLICA_OLDER_ANSWERS is off.

    Raises:
        ReplicaUnavailable: no replica can be read, and the primary must not or can't.
    """
    late = ""
    replicas = in_order(connections.settings[primary].get("REPLICAS", ()), client)
    for replica in replicas:
        if positions.same_server(replica, primary):
            return replica
        server = server_of(replica)
        if not server.can_be_read(replica, primary):
            continue
        if not wanted or server.has_reached(wanted, replica):
            return replica
        late = late or replica
    if late and not _is_there(primary):
        return _older(late, primary)
    return primary if late or not replicas else fall_back(primary)


def _is_there(primary: str) -> bool:
    """Whether the primary can be read, over a connection that is open then."""
    connection = connections[primary]
    try:
        connection.close_if_health_check_failed()
        connection.ensure_connection()
    except Error as error:
        logger.warning("%s is away: %s", primary, " ".join(str(error).split()))
        return False
    return True


def _older(replica: str, primary: str) -> str:
    if conf.REPLICA_OLDER_ANSWERS:
        return replica
    raise ReplicaUnavailable(
        f"{primary} is unreachable, and no replica is known to have all that this client wrote: see "
        "REPLICA_OLDER_ANSWERS in settings."
    )


def in_order(replicas: Sequence[str], client: str) -> Sequence[str]:
    """Replicas in the order in which this client tries them; those of weight 0 are left out.

    Weighted rendezvous hashing: where a replica comes or goes, only its own clients move.
    """
    weights = {alias: connections.settings[alias].get("WEIGHT", 1) for alias in replicas}
    used = [alias for alias in replicas if weights[alias]]
    if len(used) < 2:
        return used
    return sorted(used, key=lambda alias: -log(_part(alias, client)) / weights[alias])


def _part(alias: str, client: str) -> float:
    """A number between 0 and 1 for this client and this replica's server, whatever the database."""
    digest = blake2b(f"{positions.server_name(alias)} {client}".encode(), digest_size=7).digest()
    return (int.from_bytes(digest) + 1) / (2**56 + 1)
