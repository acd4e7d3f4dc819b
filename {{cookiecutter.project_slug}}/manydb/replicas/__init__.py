"""Reads on replicas, without stale surprises.

=====================  ==================================================================
``primary_apps``       apps that are read from primaries in every request
``reads``              what one request reads from, and what must be current; ``use_primary``, ``use_replica``
``choice``             which replica, if any, a read goes to
``health``             what this process knows of each replica's server
``replica_state``      well, late, stopped or down, and when to ask again
``applied``            how far a replica has applied what its primary wrote
``positions``          how far a primary has written
``position_sql``       the statements that ask for both, in each engine's words
``client``             the cookies and the header in which a client carries positions
``middleware``         brings a client's positions into a request, and new ones out of it
``fallback``           how many reads may go to the primary when replicas are out
``read_timeout``       how long a silent replica is waited for
``retry``              a statement that its replica has lost, once more on the primary
``writes``             what is really written
``open_transactions``  which primaries have a transaction open, known cheaply
=====================  ==================================================================
"""

from manydb.core.exceptions import ReplicaUnavailable
from manydb.replicas import read_timeout, retry, writes  # noqa: F401  they connect themselves to connections
from manydb.replicas.primary_apps import default_primary_apps
from manydb.replicas.reads import (
    must_read_primary,
    replica_or_primary,
    use_primary,
    use_replica,
)
from manydb.replicas.replica_state import replica_state_changed

__all__ = [
    "ReplicaUnavailable",
    "default_primary_apps",
    "must_read_primary",
    "replica_or_primary",
    "replica_state_changed",
    "use_primary",
    "use_replica",
]
