"""A request that meets a tenant's database while a command moves or replaces it.

The process that serves it may have asked the catalog up to TENANT_CACHE_SECONDS before. By then the database takes no
writes, ends sessions or is gone, and a pooler says that in words of its own. So the error is not what tells: the catalog
is asked again, once for each request that would fail.
"""

from django.db import Error, connections

from manydb.core.exceptions import TenantUnavailable
from manydb.core.ownership import current
from manydb.core.placement import shared_alias
from manydb.core.unavailable import explain_with
from manydb.tenants import catalog


def explanation() -> TenantUnavailable | None:
    """Why the active tenant's database has failed, if a command is at work on it or has changed where it is."""
    tenant = current.get()
    if tenant is None:
        return None
    before = catalog.peek(tenant.name)
    default = connections[shared_alias()]
    was_open = default.connection is not None
    try:
        record = catalog.find_now(tenant.name)
    except Error:
        return None
    finally:
        if not was_open:
            default.close()  # under ASGI this is no thread of the request: nothing else would close it
    if record is None:
        return TenantUnavailable(f"There is no tenant {tenant.name!r} any more.")
    if record.state != "ready":
        return TenantUnavailable(f"{tenant.name!r} is not served now: it is {record.state}.")
    if before is not None and record != before:
        return TenantUnavailable(f"{tenant.name!r} has another database than a moment ago.")
    return None


def install() -> None:
    explain_with(explanation)
