"""What each database is and how it does, for the ``databases`` command and the start page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest

from manydb.core.credentials import without_passwords
from manydb.core.lag import seconds_behind
from manydb.core.migrated_aliases import is_migrated
from manydb.core.missing_databases import is_missing_file
from manydb.core.monitoring import monitor
from manydb.core.pending_migrations import pending
from manydb.core.read_only_servers import TAKES_NO_WRITES
from manydb.core.routing import alias_of_tenant, facts, listed, primary_of


@dataclass(frozen=True, slots=True)
class Status:
    """One alias. ``lag`` is in seconds and None where it can't be known; ``pending`` counts migrations.

    With a router that reads replicas: a replica's ``state``, and the ``position`` that the server has written or
    applied. ``answered`` counts its reads, and ``share`` is their part of all reads of the database's servers,
    from 0 to 1.
    """

    alias: str
    role: str
    tenant: str | None
    engine: str
    host: str
    reachable: bool
    lag: float | None = None
    pending: int | None = None
    error: str = ""
    state: str = ""
    position: str = ""
    answered: int | None = None
    share: float | None = None

    @property
    def primary(self) -> str:
        """The alias whose rows a replica has; of a primary its own."""
        return primary_of(self.alias)

    @property
    def condition(self) -> str:
        """``away``, ``late`` or ``well``: whether it needs a look."""
        if not self.reachable:
            return "away"
        return "well" if self.summary == "ready" else "late"

    @property
    def summary(self) -> str:
        """What a person wants to know of it: it is ready, or what is wrong."""
        if not self.reachable:
            return self.error or "does not answer"
        if self.state not in ("", "ok"):
            return self.state
        if self.pending:
            return f"{self.pending} migration{'s' if self.pending > 1 else ''} to apply"
        return f"{self.lag:.0f} s behind" if self.lag and self.lag >= 1 else "ready"

    @property
    def is_monitored(self) -> bool:
        """Whether the last four can be told."""
        return monitor().active


def status_of(aliases: Iterable[str]) -> list[Status]:
    """Asks every database in turn; one that is down is a row that says so, not an exception."""
    rows = [_status(alias) for alias in aliases]
    answered = {row.alias: row.answered for row in rows}
    return [replace(row, share=_share(row.alias, answered)) for row in rows]


def _share(alias: str, answered: Mapping[str, int | None]) -> float | None:
    """Of what the primary and its replicas have answered; None unless all of them say."""
    primary = primary_of(alias)
    family = [answered.get(each) for each in (primary, *facts(primary).get("REPLICAS", ()))]
    counts = [count for count in family if count is not None]
    if len(counts) < len(family) or not sum(counts):
        return None
    return (answered[alias] or 0) / sum(counts)


def may_see_databases(request: HttpRequest) -> bool:
    """Returns whether the request may see databases: anyone in development, staff only in production."""
    return bool(settings.DEBUG or getattr(request.user, "is_staff", False))


def visible(request: HttpRequest, tenant: str | None) -> list[Status]:
    """What a page may show: nothing to strangers in production, and no tenant another tenant's database."""
    if not may_see_databases(request):
        return []
    owners = {None, tenant}
    aliases = [alias for alias in listed() if not tenant or facts(alias).get("TENANT") in owners]
    if tenant:  # a tenant of the catalog is in no list of databases
        primary = alias_of_tenant(tenant)
        own = (primary, *facts(primary).get("REPLICAS", ()))
        aliases += [alias for alias in own if alias not in aliases]
    return status_of(aliases)


def _status(alias: str) -> Status:
    replica = facts(alias).get("REPLICA_OF")
    base: dict[str, Any] = {
        "alias": alias,
        "role": "replica" if replica else "primary",
        "tenant": facts(alias).get("TENANT"),
    }
    try:
        connection = connections[alias]
    except ImproperlyConfigured as error:  # no driver for the engine of an adopted database
        engine = facts(alias)["ENGINE"].rpartition(".")[2]
        reason = " ".join(str(error).split())
        return Status(**base, engine=engine, host="", reachable=False, error=reason)
    base |= {"engine": connection.vendor, "host": _host(connection)}
    try:
        _refuse_missing_file(connection)
        with connection.cursor() as cursor:
            cursor.execute(TAKES_NO_WRITES.get(connection.vendor, "SELECT 0"))
            is_read_only = bool(cursor.fetchone()[0])
        if is_read_only and not (replica or facts(alias).get("READ_ONLY")):
            return Status(**base, reachable=False, error=_NO_PRIMARY)
        if replica:
            lag = seconds_behind(connection)
            base |= {"lag": None if lag == inf else lag} | monitor().of(alias)
            return Status(**base, reachable=True)
        behind = len(pending(connection)) if is_migrated(alias) else None
        return Status(**base | monitor().of(alias), reachable=True, pending=behind)
    except (Error, FileNotFoundError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        base |= {"error": without_passwords(reason, connection.settings_dict)}
        return Status(**base | monitor().of_unreachable(alias), reachable=False)


_NO_PRIMARY = (
    "It takes no writes: a standby, or a primary that was demoted. Give the primary's address."
)


def _host(connection: BaseDatabaseWrapper) -> str:
    server = connection.settings_dict
    if connection.vendor == "sqlite":
        name = str(server["NAME"]).removeprefix("file://").split("?")[0]
        return Path(name).name
    return ":".join(str(part) for part in (server["HOST"] or "localhost", server["PORT"]) if part)


def _refuse_missing_file(connection: BaseDatabaseWrapper) -> None:
    # Asking must not change anything.
    if "ADOPTED" not in connection.settings_dict and is_missing_file(connection):
        raise FileNotFoundError("no such file yet: run python manage.py bootstrap")
