"""Who belongs to the fleet, and how far each is: the tenants of the catalog."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django.utils import timezone

from ...tenants import catalog
from ...tenants.models import Tenant
from ..aliases import PREFIX
from ..routing import facts
from .disk import fingerprint
from .shared import tenants_aliases

MIGRATED = (Tenant.State.READY, Tenant.State.SUSPENDED)
BEGUN = "migrating"


@dataclass(frozen=True, slots=True)
class Member:
    """A database; ``why_not`` says why it must be left alone now, if it must. A shared one has no name."""

    alias: str
    why_not: str = ""
    name: str = ""
    fingerprint: str = ""


def members() -> Iterator[Member]:
    """Every tenant: those of TENANTS without a row, then the rows by name, read some at a time."""
    if not _has_catalog():
        for alias in tenants_aliases():
            yield Member(alias, name=facts(alias)["TENANT"])
        return
    names = set()  # one without a row has one by the time that rows are read
    for record in catalog.iterate():
        if record.name not in names:
            names.add(record.name)
            catalog.remember(record)
            yield _member(record)


def member(alias: str) -> Member | None:
    """The tenant of this alias."""
    record = catalog.find(alias.lower())
    return _member(record) if record and record.alias == alias else None


def count() -> int:
    """About how many there are, for a progress bar."""
    return Tenant.objects.using("default").count() or len(tenants_aliases())


def begin(member: Member) -> None:
    """Notes that this tenant's migrations have begun: a run that is killed leaves that behind."""
    if member.name:
        _rows(member).update(step=BEGUN, fingerprint="")


def end(member: Member, *, migrated: bool, error: str) -> None:
    """Notes how it ended; nothing is written for a tenant that was, and is known to be, up to date."""
    if not member.name or (member.fingerprint == fingerprint() and not (migrated or error)):
        return
    result: dict[str, Any] = {
        "error": error,
        "step": "",
        "fingerprint": "" if error else fingerprint(),
    }
    if migrated:
        result["migrated_at"] = timezone.now()
    if not _rows(member).update(**result):
        # One of TENANTS that has no row yet, so that no command has given its database another name.
        row = {"database": PREFIX + member.name, "state": Tenant.State.READY}
        Tenant.objects.using("default").create(name=member.name, **row, **result)
    catalog.forget(member.name)


def begun() -> list[str]:
    """The tenants that a run has begun with and not ended: it was killed, or it is still at work."""
    if not _has_catalog():
        return []
    rows = Tenant.objects.using("default").filter(step=BEGUN)
    return sorted(name.upper() for name in rows.values_list("name", flat=True))


def _has_catalog() -> bool:
    return Tenant._meta.db_table in connections["default"].introspection.table_names()


def _rows(member: Member) -> QuerySet[Tenant]:
    return Tenant.objects.using("default").filter(name=member.name)


def _member(record: catalog.TenantRecord) -> Member:
    why_not = "" if record.state in MIGRATED else f"it is {record.state}"
    return Member(record.alias, why_not, record.name, record.fingerprint)
