"""What a tenant's database says of itself: whose it is, and whether it may be served.

A table of one row, in each tenant's database. The catalog is cached, may be unreachable, and may lead to a
database that was dropped, moved or replaced a moment ago. So every new connection compares the row with what the
catalog said, in one statement: through a pooler and on a replica it reads what the database itself holds.

The table is no model: no ``flush``, ``dumpdata`` or ``loaddata`` takes it along, and dumps leave it out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from manydb.core.database_identity import Identity
from manydb.tenants.records import TenantRecord

SERVED = "ready"
MOVED = "moved"  # a previous database, which move_tenant keeps

_may_be_missing: ContextVar[bool] = ContextVar("may_be_missing", default=False)


@contextmanager
def claiming() -> Iterator[None]:
    """Lets a new connection write the identity of a database that has none, such as one that settings list."""
    before = _may_be_missing.get()
    _may_be_missing.set(True)
    try:
        yield
    finally:
        _may_be_missing.set(before)


def may_claim() -> bool:
    """Whether a database without an identity gets one from the connection that finds it."""
    return _may_be_missing.get()


def refusal(found: Identity | None, record: TenantRecord) -> str:
    """Why a database is not what the catalog's record says; "" if it is."""
    if found is None:
        return (
            "It has no identity. If it is this tenant's, run python manage.py migrate_databases --only "
            f"{record.alias}."
        )
    if found.tenant != record.uuid:
        return "It is the database of another tenant by now."
    if record.state == SERVED and found.state != SERVED:
        return f"It says that the tenant is {found.state}."
    return ""
