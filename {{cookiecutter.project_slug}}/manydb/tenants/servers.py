"""Placement: the connection settings of a tenant that is in no list, on the server of its row."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from manydb.core.aliases import Connect, Database, with_replica
from manydb.core.conf import conf
from manydb.tenants.records import TenantRecord

Entry = dict[str, Any]


def entries(record: TenantRecord, connect: Connect) -> dict[str, Entry]:
    """The entries of ``DATABASES`` for a tenant: its primary and its replicas, marks and defaults included.

    Raises:
        ImproperlyConfigured: TENANT_SERVERS does not have the row's server, or not all of it; or the row names a
            database that is not a tenant's.
    """
    database = Database(record.alias, name=record.database, tenant=record.name)

    own = getattr(connections.settings, "own", {}).get(record.alias)
    differs = {"own": own} if own and record.is_where_listed else {}

    def connect_there(database: Database, *, replica: bool) -> Entry | None:
        entry = connect(database, replica=replica, **differs)
        if entry is None:
            return None
        marks = {"SERVER": record.server, "PLACE": record.place}
        return (_placed(entry, record, replica) if record.server else entry) | marks

    built = with_replica(database, connect_there)
    _refuse_shared(record, built[record.alias])
    for entry in built.values():
        if isinstance(entry["NAME"], Path):
            # Opening a file would make it: a tenant that is gone would come back, empty.
            entry["NAME"] = f"{entry['NAME'].absolute().as_uri()}?mode=rw"
    # Django gives every alias all of its keys, but only once, when it reads DATABASES.
    defaults = {"default": {"ENGINE": "django.db.backends.dummy"}}
    connections.configure_settings({**defaults, **built})
    return built


def _refuse_shared(record: TenantRecord, entry: Entry) -> None:
    """An edited row must not open shared tables as a tenant's."""
    if entry["NAME"] == ":memory:":
        return  # each alias has one of its own
    for alias, shared in dict.items(connections.settings):
        if not shared.get("TENANT") and _address(shared) == _address(entry):
            raise ImproperlyConfigured(
                f"The catalog says that tenant {record.name!r} is in the database of {alias!r}, which is not a "
                "tenant's. Correct the database in the tenant's row."
            )


def _address(entry: Entry) -> tuple[str, ...]:
    return tuple(str(entry.get(key, "")) for key in ("HOST", "PORT", "NAME"))


def is_elsewhere(record: TenantRecord, entry: Entry) -> bool:
    """Whether the tenant is not where this entry of its says."""
    if "PLACE" in entry:
        return bool(entry["PLACE"] != record.place)
    return not record.is_where_listed


def _placed(entry: Entry, record: TenantRecord, replica: bool) -> Entry:
    server = conf.TENANT_SERVERS.get(record.server)
    if server is None:
        raise ImproperlyConfigured(
            f"Tenant {record.name!r} is on server {record.server!r}, which TENANT_SERVERS does not have: "
            f"add it there, or move the tenant to one of {sorted(conf.TENANT_SERVERS)}."
        )
    there = {key: value for key, value in server.items() if key not in ("READER", "DIRECT")}
    if replica:
        reader: Entry = server.get("READER", {})
        return entry | there | reader
    if "DIRECT" in entry:
        if "DIRECT" not in server:
            raise ImproperlyConfigured(
                f"TENANT_SERVERS[{record.server!r}] has no DIRECT: give HOST and PORT of the server "
                "itself, past the pooler, for migrations."
            )
        there["DIRECT"] = entry["DIRECT"] | server["DIRECT"]
    return entry | there
