"""How each engine says how far a primary has written, and how far a replica has applied that.

Any account may ask. Positions are of servers, not of databases, so all aliases on a server share them. A
server that follows none is no replica, but it may be the primary itself: where there is no replica, or after
failover. So it says which server it is, behind an ``@``, as primaries do; another one's position says nothing.

* PostgreSQL, "Backup Control Functions", "Recovery Information Functions". The insert position, for with
  ``synchronous_commit = off`` a commit is not written yet when it returns. It stands behind the header of a
  page (24 bytes, 40 in a new file) that the next record will bring, and replicas before that header.
* MariaDB, "Global Transaction ID". ``gtid_slave_pos`` holds nothing that was written on the replica itself,
  as ``gtid_current_pos`` would; it is empty on a server that follows none.
* MySQL, "GTID Format and Storage". The whole set, for a replica may apply transactions out of order. Each
  server has numbers of its own, so it need not say which it is.
"""

from typing import Protocol

from django.db.backends.base.base import BaseDatabaseWrapper


class Dialect(Protocol):
    """``written`` is asked on a primary, ``applied`` on a replica; ``covers`` compares their answers.

    ``received`` is what a replica has, applied or not; empty where only an account with more rights may ask.
    """

    written: str
    applied: str
    received: str

    def covers(self, applied: str, written: str) -> bool: ...


class PostgreSQL:
    """``0/16B3740``, bytes since the beginning; then ``@`` and when a server that follows none was started."""

    written = """
        SELECT lsn - CASE WHEN place = 40 THEN 40 WHEN mod(place, 8192) = 24 THEN 24 ELSE 0 END
            || '@' || EXTRACT(EPOCH FROM pg_postmaster_start_time())
        FROM (SELECT lsn, (pg_walfile_name_offset(lsn)).file_offset AS place
              FROM pg_current_wal_insert_lsn() AS lsn) AS insert_position"""
    applied = f"""
        SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()::text
                    ELSE ({written}) END"""
    received = "SELECT pg_last_wal_receive_lsn()::text"

    def covers(self, applied: str, written: str) -> bool:
        return _may_compare(applied, written) and self._bytes(applied) >= self._bytes(written)

    def _bytes(self, position: str) -> int:
        high, _, low = position.partition("@")[0].partition("/")
        return (int(high, 16) << 32) + int(low, 16)


class MariaDB:
    """``0-1-42,7-3-9``: domain, server, and a number that grows in each domain; then ``@`` and a server."""

    _here = (
        "CONCAT(@@gtid_current_pos, '@', CRC32(CONCAT_WS(':', @@hostname, @@port, @@server_id)))"
    )
    written = f"SELECT CASE WHEN @@gtid_current_pos = '' THEN '' ELSE {_here} END"
    applied = f"SELECT CASE WHEN @@gtid_slave_pos = '' THEN {_here} ELSE @@gtid_slave_pos END"
    received = ""

    def covers(self, applied: str, written: str) -> bool:
        reached = self._numbers(applied)
        return _may_compare(applied, written) and all(
            reached.get(d, -1) >= n for d, n in self._numbers(written).items()
        )

    def _numbers(self, position: str) -> dict[str, int]:
        gtids = (gtid.strip().split("-") for gtid in position.partition("@")[0].split(",") if gtid)
        return {domain: int(number) for domain, _server, number in gtids}


class MySQL:
    """``3e11fa47-…:1-5:11,…:newer:1-18``: server, a tag perhaps, and the numbers that it has written."""

    written = applied = "SELECT @@GLOBAL.gtid_executed"
    received = ""

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


def _may_compare(applied: str, written: str) -> bool:
    """Whether a server is a replica or the one that has written, and not another that follows none."""
    server = applied.partition("@")[2]
    return not server or server == written.partition("@")[2]


_POSTGRESQL, _MARIADB, _MYSQL = PostgreSQL(), MariaDB(), MySQL()


def dialect_of(connection: BaseDatabaseWrapper) -> Dialect | None:
    """None for an engine that knows no positions."""
    if connection.vendor == "postgresql":
        return _POSTGRESQL
    if connection.vendor == "mysql":
        is_mariadb: bool = connection.mysql_is_mariadb  # type: ignore[attr-defined]
        return _MARIADB if is_mariadb else _MYSQL
    return None
