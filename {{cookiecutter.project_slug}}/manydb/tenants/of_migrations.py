"""The tenant that is active while a database is migrated: the one whose database it is."""

from contextlib import AbstractContextManager, nullcontext

from manydb.core.routing import facts
from manydb.tenants.context import no_tenant, tenant_context


def tenant_of_database(alias: str) -> AbstractContextManager[None]:
    """Makes the database's tenant the active one, and none for a shared database, instead of the one that was active before."""
    known = facts(alias)
    if not known:
        return nullcontext()
    return tenant_context(known["TENANT"]) if known.get("TENANT") else no_tenant()
