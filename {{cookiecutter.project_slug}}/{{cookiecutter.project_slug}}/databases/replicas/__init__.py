"""Reads on replicas, without stale surprises.

==================  =====================================================================
``reads``           what one request reads from; ``use_primary``
``choice``          which replica, if any, a read goes to
``health``          what this process knows of each replica's server
``positions``       how far a primary has written and a replica has applied
``dialects``        the same in each engine's words
``client``          the cookie and the header in which a client carries positions
``middleware``      brings a client's positions into a request, and new ones out of it
``fallback``        how many reads may go to the primary when replicas are out
``retry``           a statement that its replica has lost, once more on the primary
``transactions``    which primaries have a transaction open, known cheaply
==================  =====================================================================
"""

from . import retry  # noqa: F401  it connects itself to connections
from .exceptions import ReplicaUnavailable
from .health import replica_state_changed
from .reads import must_read_primary, replica_or_primary, use_primary

__all__ = [
    "ReplicaUnavailable",
    "must_read_primary",
    "replica_or_primary",
    "replica_state_changed",
    "use_primary",
]
