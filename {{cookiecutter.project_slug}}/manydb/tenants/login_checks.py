"""Finds what an account per tenant would break: a key that can be guessed, and more than poolers and servers take."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Tags
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from django.db import connections

from manydb.core.conf import conf
from manydb.core.exceptions import ParameterStoreUnavailable
from manydb.core.findings import Error
from manydb.core.late_checks import register
from manydb.core.placement import shared_alias
from manydb.fleet.tenant_logins import has_accounts, keys
from manydb.tenants.records import all_listed, template_record
from manydb.tenants.servers import entries, takes_tokens

_SECRETS = 200  # of RDS Proxy, "Quotas and limitations"
_DIRECT = 12  # connections past the pooler: migrations, jobs
_LIMITS = {
    "postgresql": "SELECT current_setting('max_connections')::int - "
    "current_setting('superuser_reserved_connections')::int",
    "mysql": "SELECT @@max_connections",
}


@register()
def check_key(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """manydb.E213: tenants' passwords would be derived from nothing, or from a key that can be guessed."""
    if not has_accounts(connections.settings.get(shared_alias()) or {}):
        return []
    try:
        keys()
    except (ImproperlyConfigured, ParameterStoreUnavailable) as error:
        return [Error(str(error), id="manydb.E213")]
    return []


@register(Tags.database)
def check_limits(
    app_configs: object, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """manydb.E214: PgBouncer may open more connections than its server takes. manydb.E215: RDS Proxy takes no more secrets."""
    entry = connections.settings.get(shared_alias()) or {}
    if shared_alias() not in (databases or ()) or not has_accounts(entry):
        return []
    found: list[CheckMessage] = []
    for server, tenants in _tenants_by_server().items():
        primary, *replicas = _entries(server)
        pooler = primary.get("POOLER")
        if pooler == "pgbouncer":
            shared = 0 if server else _shared_databases()
            found += _too_many_connections(server, tenants, shared)
        elif pooler == "rds_proxy" and not takes_tokens(primary):
            each = 2 if any(replica["USER"] != primary["USER"] for replica in replicas) else 1
            found += _too_many_secrets(server, tenants * each + each)
    return found


def _too_many_connections(server: str, tenants: int, shared: int) -> Iterator[CheckMessage]:
    limit = _limit_of(server)
    if limit is None:
        return  # it is away, which other checks say
    databases = tenants + shared + 1  # and that of auth_query
    room = max(0, limit - _DIRECT)
    each = conf.TENANT_POOL_CONNECTIONS
    where = server or "the server of default"
    if each is not None and 0 < each * databases <= room:
        return
    said = "no limit" if not each else f"{each} for each database, {each * databases} in all"
    most = room // databases
    way = (
        f"Set max_db_connections of PgBouncer, and TENANT_POOL_CONNECTIONS, to {most} at most"
        if most
        else f"Raise max_connections of the server to {databases + limit - room} at least, or put tenants on "
        "further servers (TENANT_SERVERS)"
    )
    yield Error(
        f"PgBouncer may open more connections to {where} than that takes: {said}, with {databases} databases and "
        f"room for {room} connections. Each tenant has an account, so no limit per user holds them together.",
        hint=f"{way}.",
        id="manydb.E214",
    )


def _too_many_secrets(server: str, secrets: int) -> Iterator[CheckMessage]:
    if secrets > _SECRETS:
        yield Error(
            f"RDS Proxy takes {_SECRETS} secrets, and the accounts on {server or 'the server of default'} are "
            f"{secrets}: one for each tenant.",
            hint="Let accounts log in with IAM, put tenants behind further proxies (TENANT_SERVERS), or set "
            "TENANT_ACCOUNTS = False.",
            id="manydb.E215",
        )


def _tenants_by_server() -> dict[str, int]:
    counts = dict.fromkeys(["", *conf.TENANT_SERVERS], 0)
    counts[""] = len(all_listed())
    with suppress(DatabaseError):  # before the first migrate there is no catalog
        rows = apps.get_model("manydb_tenants", "Tenant").objects.using(shared_alias())
        for name, server in rows.values_list("name", "server"):
            counts[""] -= name in all_listed()
            counts[server] = counts.get(server, 0) + 1
    return {server: count for server, count in counts.items() if count}


def _shared_databases() -> int:
    entries = dict.values(connections.settings)
    return sum(not entry.get("TENANT") and not entry.get("REPLICA_OF") for entry in entries)


def _entries(server: str) -> list[dict[str, Any]]:
    record = template_record()._replace(server=server)
    return [*entries(record, connections.settings.connect).values()]  # type: ignore[attr-defined]


def _limit_of(server: str) -> int | None:
    """How many connections a server takes; None if it does not say."""
    from manydb.tenants.lifecycle.places import Place  # which a server of pages never loads

    with suppress(DatabaseError):
        place = Place.of(template_record()._replace(server=server))
        with place.server() as cursor:
            cursor.execute(_LIMITS[cursor.db.vendor])
            return int(cursor.fetchone()[0])
    return None
