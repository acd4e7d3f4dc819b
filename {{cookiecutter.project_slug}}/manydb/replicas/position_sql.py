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

from collections.abc import Iterator
from typing import Protocol

from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core.galera import is_galera


class Dialect(Protocol):
    """``written`` is asked on a primary, ``applied`` on a replica; ``covers`` compares their answers.

    ``received`` is what a replica has, applied or not; empty where only an account with more rights may ask.
    """

    written: str
    applied: str
    received: str

    def covers(self, applied: str, written: str) -> bool: ...


class PostgreSQL:
    """``0/16B3740.2``, bytes since the beginning and the timeline; then ``@`` and when a server that follows none was
    started.

    Each promotion begins a timeline. A replica of an older one may be further than the promoted server was, and has
    not got what is written since. It knows its timeline from its control file, which is written after a while, and
    from what it receives, which it says to members of pg_monitor.
    """

    written = """
        SELECT lsn - CASE WHEN place = 40 THEN 40 WHEN mod(place, 8192) = 24 THEN 24 ELSE 0 END
            || '.' || ltrim(substr(file, 1, 8), '0')
            || '@' || EXTRACT(EPOCH FROM pg_postmaster_start_time())
        FROM (SELECT lsn, (pg_walfile_name_offset(lsn)).file_offset AS place,
                     (pg_walfile_name_offset(lsn)).file_name AS file
              FROM pg_current_wal_insert_lsn() AS lsn) AS insert_position"""
    _timeline = """
        to_hex(GREATEST((SELECT timeline_id FROM pg_control_checkpoint()),
                        (SELECT min_recovery_end_timeline FROM pg_control_recovery()),
                        (SELECT max(received_tli) FROM pg_stat_wal_receiver)))"""
    applied = f"""
        SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() || '.' || {_timeline}
                    ELSE ({written}) END"""
    received = f"SELECT pg_last_wal_receive_lsn() || '.' || {_timeline}"

    def covers(self, applied: str, written: str) -> bool:
        return (
            _may_compare(applied, written)
            and self._timeline_of(applied) >= self._timeline_of(written)
            and self._bytes(applied) >= self._bytes(written)
        )

    def _timeline_of(self, position: str) -> int:
        return int(position.partition("@")[0].partition(".")[2] or "0", 16)

    def _bytes(self, position: str) -> int:
        high, _, low = position.partition("@")[0].partition(".")[0].partition("/")
        return (int(high, 16) << 32) + int(low, 16)


class MariaDB:
    """``0-1-42,7-3-9``: domain, server, and a number that grows in each domain; then ``@`` and a server.

    Two servers may give the same number in one domain, each in a history of its own: after failover, where a replica
    was further than the promoted server. So behind a ``|`` a replica says the newest of each server that its binary
    log has ever had, which it keeps with ``log_slave_updates``.
    """

    _here = (
        "CONCAT(@@gtid_current_pos, '@', CRC32(CONCAT_WS(':', @@hostname, @@port, @@server_id)))"
    )
    written = f"SELECT CASE WHEN @@gtid_current_pos = '' THEN '' ELSE {_here} END"
    applied = f"""
        SELECT CASE WHEN @@gtid_slave_pos = '' THEN {_here}
                    ELSE CONCAT(@@gtid_slave_pos, '|', @@gtid_binlog_state) END"""
    received = ""

    def covers(self, applied: str, written: str) -> bool:
        if not _may_compare(applied, written):
            return False
        last, _, history = applied.partition("@")[0].partition("|")
        reached = {domain: (server, number) for domain, server, number in self._gtids(last)}
        had = {(domain, server): number for domain, server, number in self._gtids(history)}
        return all(
            number <= reached.get(domain, ("", -1))[1]
            and (server == reached[domain][0] or number <= had.get((domain, server), -1))
            for domain, server, number in self._gtids(written.partition("@")[0])
        )

    def _gtids(self, position: str) -> Iterator[tuple[str, str, int]]:
        for gtid in filter(None, position.split(",")):
            domain, server, number = gtid.strip().split("-")
            yield domain, server, int(number)


class Galera:
    """``3e11fa47-…:1742``: the cluster, and the number of its last write, which all nodes give in one order.

    A node counts a write once it is visible there, which is what ``wsrep_sync_wait`` waits for. One that is not ready
    says no number. Source: Galera, "Galera Status Variables".
    """

    written = applied = """
        SELECT CASE WHEN MAX(CASE WHEN variable_name = 'WSREP_READY' THEN variable_value END) = 'ON' THEN CONCAT(
            MAX(CASE WHEN variable_name = 'WSREP_CLUSTER_STATE_UUID' THEN variable_value END), ':',
            MAX(CASE WHEN variable_name = 'WSREP_LAST_COMMITTED' THEN variable_value END)) ELSE '' END
        FROM information_schema.global_status
        WHERE variable_name IN ('WSREP_READY', 'WSREP_CLUSTER_STATE_UUID', 'WSREP_LAST_COMMITTED')"""
    received = ""

    def covers(self, applied: str, written: str) -> bool:
        cluster, _, number = applied.partition(":")
        wanted, _, least = written.partition(":")
        return bool(cluster) and cluster == wanted and int(number) >= int(least)


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


_POSTGRESQL, _MARIADB, _GALERA, _MYSQL = PostgreSQL(), MariaDB(), Galera(), MySQL()


def dialect_of(connection: BaseDatabaseWrapper) -> Dialect | None:
    """None for an engine that knows no positions."""
    if connection.vendor == "postgresql":
        return _POSTGRESQL
    if connection.vendor == "mysql":
        is_mariadb: bool = connection.mysql_is_mariadb  # type: ignore[attr-defined]
        if is_mariadb and is_galera(connection):
            return _GALERA
        return _MARIADB if is_mariadb else _MYSQL
    return None
