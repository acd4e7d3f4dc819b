"""Placement: the connection settings of a tenant that is in no list, on the server of its row."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from manydb.core.aliases import Connect, Database, with_replica
from manydb.core.conf import conf
from manydb.fleet.admin_account import SHARED
from manydb.fleet.tenant_logins import PAGES, READER, TenantAccount, has_accounts
from manydb.tenants.records import TEMPLATE, TenantRecord

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
    marks = {"SERVER": record.server, "PLACE": record.place}

    def connect_there(database: Database, *, replica: bool) -> Entry | None:
        entry = connect(database, replica=replica, **differs)
        if entry is None:
            return None
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


def entries_of_pages(record: TenantRecord, connect: Connect) -> dict[str, Entry]:
    """``entries``, with the account that the tenant has of its own, if tenants have such accounts.

    Raises:
        ImproperlyConfigured: what ``entries`` raises it for, or the tenant has no account yet.
    """
    built = entries(record, connect)
    if record.name == TEMPLATE or not has_accounts(built[record.alias]):
        return built
    if not record.account:
        raise ImproperlyConfigured(
            f"Tenant {record.name!r} does not have its own account on the server yet. Run python manage.py "
            f"rotate_tenant_accounts {record.name}."
        )
    account = TenantAccount(record.uuid, record.account)
    user = built[record.alias]["USER"]
    return {
        alias: _with_account(entry, account, READER if entry["USER"] != user else PAGES)
        for alias, entry in built.items()
    }


def _with_account(entry: Entry, account: TenantAccount, purpose: str) -> Entry:
    """The entry with the tenant's login. That of all tenants is kept for commands, where there is no other."""
    login, direct = account.login(purpose), entry.get("DIRECT") or {}
    shared = {key: {**entry, **direct}.get(key) for key in ("USER", "PASSWORD", "OPTIONS")}
    options = {k: v for k, v in (entry["OPTIONS"] or {}).items() if k != "assume_role"}
    password = "" if takes_tokens(entry) else login.password
    changed = {"USER": login.user, "PASSWORD": password, "OPTIONS": options, SHARED: shared}
    if direct:  # which is the way past a pooler, and no way to another account
        changed["DIRECT"] = {k: v for k, v in direct.items() if k not in ("USER", "PASSWORD")}
    return entry | changed


def takes_tokens(entry: Entry) -> bool:
    """Whether the server takes tokens of IAM for passwords."""
    return not entry.get("PASSWORD") and "rds_iam" in str(entry["ENGINE"])


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
