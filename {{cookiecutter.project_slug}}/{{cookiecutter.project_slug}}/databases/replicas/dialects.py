"""How each engine says how far a primary has written, and how far a replica has applied that.

Any account may ask. Positions are of servers, not of databases, so all aliases on a server share them.

* PostgreSQL, "Backup Control Functions", "Recovery Information Functions". The insert position, for with
  ``synchronous_commit = off`` a commit is not written yet when it returns.
* MariaDB, "Global Transaction ID". ``gtid_slave_pos`` holds nothing that was written on the replica itself,
  as ``gtid_current_pos`` would; it is empty on a server that follows none.
* MySQL, "GTID Format and Storage". The whole set, for a replica may apply transactions out of order.
"""

from typing import Protocol

from django.db.backends.base.base import BaseDatabaseWrapper


class Dialect(Protocol):
    """``written`` is asked on a primary, ``applied`` on a replica; ``covers`` compares their answers."""

    written: str
    applied: str

    def covers(self, applied: str, written: str) -> bool: ...


class PostgreSQL:
    written = "SELECT pg_current_wal_insert_lsn()"
    # The primary itself may stand behind a reader's address: where there is no replica, or after failover.
    applied = """
        SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                    ELSE pg_current_wal_insert_lsn() END"""

    def covers(self, applied: str, written: str) -> bool:
        return self._bytes(applied) >= self._bytes(written)

    def _bytes(self, lsn: str) -> int:
        high, _, low = lsn.partition("/")
        return (int(high, 16) << 32) + int(low, 16)


class MariaDB:
    """``0-1-42,7-3-9``: domain, server, and a number that grows in each domain."""

    written = "SELECT @@gtid_current_pos"
    applied = "SELECT IF(@@gtid_slave_pos = '', @@gtid_current_pos, @@gtid_slave_pos)"

    def covers(self, applied: str, written: str) -> bool:
        reached = self._numbers(applied)
        return all(reached.get(d, -1) >= n for d, n in self._numbers(written).items())

    def _numbers(self, position: str) -> dict[str, int]:
        gtids = (gtid.strip().split("-") for gtid in position.split(","))
        return {domain: int(number) for domain, _server, number in gtids}


class MySQL:
    """``3e11fa47-…:1-5:11,…:newer:1-18``: server, a tag perhaps, and the numbers that it has written."""

    written = applied = "SELECT @@GLOBAL.gtid_executed"

    def covers(self, applied: str, written: str) -> bool:
        reached = self._intervals(applied)
        return all(
            any(first >= start and last <= end for start, end in reached.get(source, ()))
            for source, intervals in self._intervals(written).items()
            for first, last in intervals
        )

    def _intervals(self, executed: str) -> dict[str, list[tuple[int, int]]]:
        found: dict[str, list[tuple[int, int]]] = {}
        for part in executed.split(","):
            server, *words = part.strip().split(":")
            source = server
            for word in words:
                if word[0].isdigit():
                    first, _, last = word.partition("-")
                    found.setdefault(source, []).append((int(first), int(last or first)))
                else:
                    source = f"{server}:{word}"
        return found


_POSTGRESQL, _MARIADB, _MYSQL = PostgreSQL(), MariaDB(), MySQL()


def dialect_of(connection: BaseDatabaseWrapper) -> Dialect | None:
    """None for an engine that knows no positions."""
    if connection.vendor == "postgresql":
        return _POSTGRESQL
    if connection.vendor == "mysql":
        is_mariadb: bool = connection.mysql_is_mariadb  # type: ignore[attr-defined]
        return _MARIADB if is_mariadb else _MYSQL
    return None
