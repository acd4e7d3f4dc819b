"""When reads may go to a replica, and what happens when none can take them.

Production takes each of these from a parameter of the same name, if there is one.
"""

# Seconds that a replica may be behind its primary. Further, and it is left out until it has caught up.
# Where positions can't be had, this is also how long a client reads the primary after a write.
REPLICA_MAX_LAG = 10.0

# Whether a position is asked of the servers. False where one address stands for several replicas, such
# as a reader endpoint: the next statement may meet another replica than the one that was asked.
REPLICA_POSITIONS = True

# Whether reads go to the primary while no replica can take them. False keeps a primary that could not
# bear them alive: they fail with ReplicaUnavailable, and pages with 503.
REPLICA_FALLBACK = True

# How many reads a second each process may send there for that reason. One choice, which holds for all
# reads of a request from one database, counts as one.
REPLICA_FALLBACK_PER_SECOND = 200
