"""Reads on replicas, without stale surprises.

==================  =====================================================================
``rules``           when a read goes to the primary anyway; ``use_primary``
``reads``           what one request reads from
``choice``          which replica, if any, a read goes to
``health``          what this process knows of each replica's server
``states``          well, late, stopped or down, and when to ask again
``progress``        how far a replica has applied what its primary wrote
``positions``       how far a primary has written
``dialects``        the same in each engine's words
``client``          the cookies and the header in which a client carries positions
``middleware``      brings a client's positions into a request, and new ones out of it
``fallback``        how many reads may go to the primary when replicas are out
``patience``        how long a silent replica is waited for
``failures``        what an error of a replica means
``retry``           a statement that its replica has lost, once more on the primary
``writes``          what is really written
``transactions``    which primaries have a transaction open, known cheaply
==================  =====================================================================
"""

from manydb.core.exceptions import ReplicaUnavailable
from manydb.replicas import read_timeout, retry, writes  # noqa: F401  they connect themselves to connections
from manydb.replicas.pinning import must_read_primary, replica_or_primary, use_primary
from manydb.replicas.replica_state import replica_state_changed

__all__ = [
    "ReplicaUnavailable",
    "must_read_primary",
    "replica_or_primary",
    "replica_state_changed",
    "use_primary",
]
