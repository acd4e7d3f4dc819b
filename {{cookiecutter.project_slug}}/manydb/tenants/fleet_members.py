"""The members of the fleet with a catalog, whose rows record the state of each."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import connections
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from manydb.core.database_identity import read
from manydb.core.disk_migrations import fingerprint
from manydb.core.entries import vendor
from manydb.core.members import FleetState, Member, Members
from manydb.core.migrated_aliases import tenants_aliases
from manydb.core.placement import shared_alias
from manydb.core.routing import facts, is_made_here
from manydb.tenants import catalog
from manydb.tenants.catalog_signals import log_life
from manydb.tenants.identity import claiming
from manydb.tenants.lifecycle.catalog_rows import (
    SERVED,
    existing,
    require_state,
    tenant_lock,
)
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.models import Tenant
from manydb.tenants.records import TenantRecord

_MIGRATE = Tenant.Command.MIGRATE


class CatalogMembers(Members):
    """The tenants of the catalog, and those of TENANTS that have no row yet."""

    def members(self) -> Iterator[Member]:
        """Yields tenants of TENANTS without a row, then the rows by name, read in chunks."""
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
        """Returns the tenant of this alias, or None."""
        record = catalog.find(alias.lower())
        return _member(record) if record and record.alias == alias else None

    def count(self) -> int:
        """Returns the approximate number of tenants, for a progress bar."""
        return Tenant.objects.using(shared_alias()).count() or len(tenants_aliases())

    @contextmanager
    def locked(self, member: Member, wait: float) -> Iterator[None]:
        """Locks a tenant against other commands, after waiting for them for at most ``wait`` seconds.

        Meanwhile its row says that it is being migrated. If the run is killed, the row keeps saying so.

        Raises:
            ProvisioningError: another command is working on the tenant, or has left it unfinished.
        """
        if not member.name:
            yield
            return
        _check_shared()
        with tenant_lock(member.name, wait=wait):
            require_state(existing(member.name), *SERVED)  # the member may be an old one
            _rows(member).update(command=_MIGRATE, phase=Tenant.Phase.STARTED, fingerprint="")
            _close_open(
                member.alias
            )  # only a new connection looks whose the database is, and claims it
            with claiming():
                yield

    def has_identity(self, member: Member, session: Any, error: type[Exception]) -> bool:
        """Whether a tenant's database says whose it is. One that this project did not make need not."""
        if not member.name or not is_made_here(member.alias):
            return True
        return read(session, error) is not None

    def lost(self, member: Member) -> str:
        """Why a database that has no migrations must not get them: the tenant's had some."""
        if (
            not member.name or vendor(facts(member.alias)) == "sqlite"
        ):  # a file that a developer removed
            return ""
        row = _rows(member).first() if _has_catalog() else None
        if row is None or not (row.fingerprint or row.migrated_at):
            return ""
        return (
            f"{row.database} is empty, and the tenant's was not: it was lost. Correct DATABASE_HOST, or run restore_tenant "
            f"FILE --replace --name {member.name} with its last dump."
        )

    def finish(
        self, member: Member, migrated: bool, error: str, *, is_current: bool = True
    ) -> None:
        """Records the result in the row, unless another command is working on the tenant by now.

        A row that already says that the tenant is up to date is not written.
        """
        if not member.name or (member.fingerprint == fingerprint() and not (migrated or error)):
            return
        result: dict[str, Any] = {
            "error": error,
            "command": "",
            "phase": "",
            "fingerprint": fingerprint() if is_current and not error else "",
        }
        if migrated:
            result["migrated_at"] = timezone.now()
        _check_shared()
        if migrated or error:
            log_life(member.name, f"is not migrated: {error}" if error else "is migrated")
        catalog.forget(member.name)
        with suppress(ProvisioningError):  # it has been dropped
            existing(member.name)
        _rows(member).filter(state__in=SERVED, command__in=("", _MIGRATE)).update(**result)

    def started(self) -> list[str]:
        """Returns the aliases of tenants that a run is migrating, or was migrating when it was killed."""
        if not _has_catalog():
            return []
        rows = Tenant.objects.using(shared_alias()).filter(command=_MIGRATE)
        return sorted(name.upper() for name in rows.values_list("name", flat=True))

    def state(self) -> FleetState | None:
        """Returns what the rows say of all tenants together, by one query."""
        is_outdated = Q(state__in=SERVED) & ~Q(fingerprint=fingerprint())
        rows = Tenant.objects.using(shared_alias()).order_by().values("state")
        found = rows.annotate(
            number=Count("pk"),
            outdated=Count("pk", filter=is_outdated),
            failed=Count("pk", filter=~Q(error="")),
        )
        by_state = {row["state"]: row for row in found}
        return FleetState(
            {state: by_state.get(state, {}).get("number", 0) for state in Tenant.State.values},
            sum(row["outdated"] for row in by_state.values()),
            sum(row["failed"] for row in by_state.values()),
        )


def _has_catalog() -> bool:
    return Tenant._meta.db_table in connections[shared_alias()].introspection.table_names()


def _check_shared() -> None:
    """Closes the connection if its server was restarted meanwhile. In the transaction of a test it is left."""
    shared = connections[shared_alias()]
    if not shared.in_atomic_block:
        shared.close_if_unusable_or_obsolete()


def _close_open(alias: str) -> None:
    open_here = connections.made().get(alias)  # type: ignore[attr-defined]
    if open_here is not None and not open_here.in_atomic_block:
        open_here.close()


def _rows(member: Member) -> QuerySet[Tenant]:
    return Tenant.objects.using(shared_alias()).filter(name=member.name)


def _member(record: TenantRecord) -> Member:
    why_not = "" if record.state in SERVED else f"it is {record.state}"
    return Member(record.alias, why_not, record.name, record.fingerprint)
