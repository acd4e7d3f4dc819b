"""How late a replica is, as its server says itself. Any account may ask PostgreSQL; MySQL wants a right."""

import math

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core.galera import is_galera, lag_of_node

_QUERIES = {
    # Equal positions are no lag: the time of the last transaction grows on an idle primary, too.
    # Without a receiver the positions stand still together, so that says nothing.
    # Otherwise at most this late: what it has not replayed was committed after what it replayed last.
    "postgresql": """
        SELECT CASE
            WHEN NOT pg_is_in_recovery() THEN 0
            WHEN NOT EXISTS (SELECT 1 FROM pg_stat_wal_receiver) THEN 'infinity'
            WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            WHEN pg_is_wal_replay_paused() THEN 'infinity'
            ELSE EXTRACT(EPOCH FROM now() - pg_last_xact_replay_timestamp())
        END""",
    "mysql": "SHOW REPLICA STATUS",
    "sqlite": "SELECT 0",  # the replica is the same file
}
_SECONDS = ("Seconds_Behind_Source", "Seconds_Behind_Master")  # MySQL's name, MariaDB's


def seconds_behind(connection: BaseDatabaseWrapper) -> float | None:
    """At most so late; infinite where replication has stopped, None if the account may not ask.

    An idle primary's replica that has just got something to do may be less late than PostgreSQL says.

    MySQL's account needs REPLICATION CLIENT, MariaDB's REPLICA MONITOR.
    """
    is_mariadb = connection.vendor == "mysql" and getattr(connection, "mysql_is_mariadb", False)
    if is_mariadb and is_galera(connection):
        return lag_of_node(connection)
    with connection.cursor() as cursor:
        try:
            cursor.execute(_QUERIES[connection.vendor])
        except DatabaseError:
            return None
        row = cursor.fetchone()
        if connection.vendor != "mysql":
            return None if row[0] is None else float(row[0])
        if row is None:
            return 0.0  # no replica of anything: the primary itself
        columns = [column[0] for column in cursor.description]
    status = dict(zip(columns, row, strict=True))
    seconds = next((status[name] for name in _SECONDS if name in status), None)
    return math.inf if seconds is None else float(seconds)
