"""The members of the fleet where there is a catalog, with the state of each in its row."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django.utils import timezone

from manydb.core.disk_migrations import fingerprint
from manydb.core.members import Member, Members
from manydb.core.migrated_aliases import tenants_aliases
from manydb.core.routing import facts
from manydb.tenants import catalog
from manydb.tenants.lifecycle.claims import SERVED, existing, in_state, working_on
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.models import Tenant
from manydb.tenants.records import TenantRecord

BEGUN = "migrate_databases"


class CatalogMembers(Members):
    """Every tenant of the catalog, and those of TENANTS that have no row yet."""

    def members(self) -> Iterator[Member]:
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

    def member(self, alias: str) -> Member | None:
        """The tenant of this alias."""
        record = catalog.find(alias.lower())
        return _member(record) if record and record.alias == alias else None

    def count(self) -> int:
        """About how many there are, for a progress bar."""
        return Tenant.objects.using("default").count() or len(tenants_aliases())

    @contextmanager
    def taken(self, member: Member, wait: float) -> Iterator[None]:
        """Keeps all other commands away from a tenant, after waiting for them for so many seconds at most.

        Its row says meanwhile that migrations have begun, and goes on saying so if the run is killed.

        Raises:
            ProvisioningError: one of them is at work on it, or has left it half-way; says what to do.
        """
        if not member.name:
            yield
            return
        connections["default"].close_if_unusable_or_obsolete()  # its server may have been restarted
        with working_on(member.name, wait=wait):
            in_state(existing(member.name), *SERVED)  # it may have been ready long ago
            _rows(member).update(step=BEGUN, fingerprint="")
            yield

    def end(self, member: Member, migrated: bool, error: str) -> None:
        """Notes how it ended, unless the tenant is up to date, and known to be, or in others' hands by now."""
        if not member.name or (member.fingerprint == fingerprint() and not (migrated or error)):
            return
        result: dict[str, Any] = {
            "error": error,
            "step": "",
            "fingerprint": "" if error else fingerprint(),
        }
        if migrated:
            result["migrated_at"] = timezone.now()
        connections["default"].close_if_unusable_or_obsolete()
        catalog.forget(member.name)
        with suppress(ProvisioningError):  # it has been dropped
            existing(member.name)
        _rows(member).filter(state__in=SERVED, step__in=("", BEGUN)).update(**result)

    def begun(self) -> list[str]:
        """The tenants that a run has begun with and not ended: it was killed, or it is still at work."""
        if not _has_catalog():
            return []
        rows = Tenant.objects.using("default").filter(step=BEGUN)
        return sorted(name.upper() for name in rows.values_list("name", flat=True))


def _has_catalog() -> bool:
    return Tenant._meta.db_table in connections["default"].introspection.table_names()


def _rows(member: Member) -> QuerySet[Tenant]:
    return Tenant.objects.using("default").filter(name=member.name)


def _member(record: TenantRecord) -> Member:
    why_not = "" if record.state in SERVED else f"it is {record.state}"
    return Member(record.alias, why_not, record.name, record.fingerprint)
