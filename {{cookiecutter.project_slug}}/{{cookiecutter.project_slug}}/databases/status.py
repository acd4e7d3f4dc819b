"""What each database is and how it does, for the ``databases`` command and the start page."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest

from .fleet import has_tables_of_ours, pending
from .routing import facts


@dataclass(frozen=True, slots=True)
class Status:
    """One alias. ``lag`` is in seconds and None where it can't be known; ``pending`` counts migrations."""

    alias: str
    role: str
    tenant: str | None
    engine: str
    host: str
    reachable: bool
    lag: float | None = None
    pending: int | None = None
    error: str = ""


def status_of(aliases: Iterable[str]) -> list[Status]:
    """Asks every database in turn; one that is down is a row that says so, not an exception."""
    return [_status(alias) for alias in aliases]


def may_see_databases(request: HttpRequest) -> bool:
    """Everybody in development; in production nobody but the staff."""
    return settings.DEBUG or request.user.is_staff


def visible(request: HttpRequest, tenant: str | None) -> list[Status]:
    """What a page may show: nothing to strangers in production, and no tenant another tenant's database."""
    if not may_see_databases(request):
        return []
    owners = {None, tenant}
    return status_of(
        alias
        for alias in connections
        if facts(alias) and (not tenant or facts(alias)["TENANT"] in owners)
    )


def _status(alias: str) -> Status:
    connection = connections[alias]
    replica = facts(alias).get("REPLICA_OF")
    base: dict[str, Any] = {
        "alias": alias,
        "role": "replica" if replica else "primary",
        "tenant": facts(alias).get("TENANT"),
        "engine": connection.vendor,
        "host": _host(connection),
    }
    try:
        _refuse_missing_file(connection)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if replica:
            return Status(**base, reachable=True, lag=_lag(connection))
        behind = len(pending(connection)) if has_tables_of_ours(alias) else None
        return Status(**base, reachable=True, pending=behind)
    except (Error, FileNotFoundError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        secret = str(connection.settings_dict.get("PASSWORD") or "")
        return Status(
            **base, reachable=False, error=reason.replace(secret, "***") if secret else reason
        )


def _host(connection: BaseDatabaseWrapper) -> str:
    server = connection.settings_dict
    if connection.vendor == "sqlite":
        name = str(server["NAME"]).removeprefix("file://").split("?")[0]
        return Path(name).name
    return ":".join(str(part) for part in (server["HOST"] or "localhost", server["PORT"]) if part)


def _refuse_missing_file(connection: BaseDatabaseWrapper) -> None:
    # Opening a SQLite file that is not there would create it, empty: asking must not change anything.
    name = str(connection.settings_dict["NAME"])
    is_file = connection.vendor == "sqlite" and not name.startswith("file:") and name != ":memory:"
    if is_file and not Path(name).exists():
        raise FileNotFoundError("no such file yet: run python manage.py bootstrap")


_LAG = {
    # Equal positions are no lag: the time of the last transaction grows on an idle primary, too.
    # Without a receiver the positions stand still together, so that says nothing.
    "postgresql": """
        SELECT CASE
            WHEN NOT pg_is_in_recovery() THEN 0
            WHEN NOT EXISTS (SELECT 1 FROM pg_stat_wal_receiver) THEN NULL
            WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE EXTRACT(EPOCH FROM now() - pg_last_xact_replay_timestamp())
        END""",
    "mysql": "SHOW REPLICA STATUS",
    "sqlite": "SELECT 0",  # the replica is the same file
}


def _lag(connection: BaseDatabaseWrapper) -> float | None:
    with connection.cursor() as cursor:
        try:
            cursor.execute(_LAG[connection.vendor])
        except (
            DatabaseError
        ):  # the account may not ask (MySQL: REPLICATION CLIENT or REPLICA MONITOR)
            return None
        row = cursor.fetchone()
        if connection.vendor == "mysql":
            if row is None:
                return 0.0  # no replica of anything: the primary itself
            columns = [column[0] for column in cursor.description]
            row = [
                dict(zip(columns, row, strict=True)).get(name)
                for name in _SECONDS
                if name in columns
            ]
    return None if row is None or row[0] is None else float(row[0])


_SECONDS = ("Seconds_Behind_Source", "Seconds_Behind_Master")  # MySQL's name, MariaDB's
