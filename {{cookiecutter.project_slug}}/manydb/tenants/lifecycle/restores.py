"""Tenants out of dumps."""

from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.db import connections

from manydb.core.placement import shared_alias
from manydb.fleet.migrate import migrate
from manydb.tenants.lifecycle.catalog_rows import existing, tenant_lock
from manydb.tenants.lifecycle.creation import Creation, create_with
from manydb.tenants.lifecycle.dumps import load, read
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.manifest import Manifest
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.replacement import Replacement
from manydb.tenants.lifecycle.reporting import Report, silent
from manydb.tenants.models import Hostname, Tenant, Tombstone


def restore(
    path: Path,
    name: str,
    *,
    same_tenant: bool = False,
    with_code: bool = False,
    server: str = "",
    wait: float | None = None,
    state: Tenant.State = Tenant.State.READY,
    report: Report = silent,
) -> Tenant:
    """Makes a tenant of this name out of a dump, and migrates it.

    If it is killed, calling it again goes on. If it fails, it removes what it made.

    Args:
        same_tenant: the caller vouches that the dump is of the tenant that had this name. It is that tenant
            again: its UUID, with its stored files, and its host names that are free. Otherwise it is a new one.
        with_code: the caller vouches for the code in the file: its views, triggers and functions come along.
        state: what the tenant is then; a suspended one is not served.

    Raises:
        ProvisioningError: the file can't become a tenant here, the name is taken, or a step failed.
    """
    manifest = _usable_manifest(path)
    if same_tenant:
        _check_same(manifest, name)
    return create_with(
        Restoration,
        name,
        server=server,
        wait=wait,
        report=report,
        path=path,
        manifest=manifest,
        same_tenant=same_tenant,
        with_code=with_code,
        state=state,
    )


def restore_over(
    path: Path,
    name: str,
    *,
    with_code: bool = False,
    wait: float | None = None,
    report: Report = silent,
) -> Tenant:
    """Replaces the database of the tenant of this name by one made from a dump, and drops the old one.

    The tenant answers 503 meanwhile. If it is killed, calling it again goes on. If it fails, the tenant stays
    as it was.

    Args:
        wait: seconds until no process serves the tenant; None for ``TENANT_CACHE_SECONDS`` and one more.

    Raises:
        ProvisioningError: the file can't become this tenant, or a step failed.
    """
    manifest = _usable_manifest(path)
    with tenant_lock(name):
        row = existing(name)
        restoration = RestorationOver(
            row, report, wait, path=path, manifest=manifest, with_code=with_code
        )
        restoration.run(row.server)
        restoration.drop_previous()
        return row


def _usable_manifest(path: Path) -> Manifest:
    manifest = read(path)
    manifest.check(connections[shared_alias()].vendor)
    return manifest


def _check_same(manifest: Manifest, name: str) -> None:
    """Refuses a dump that is not of the tenant that had this name, or of one that is there.

    Raises:
        ProvisioningError: the message says which.
    """
    if taken := Tenant.objects.filter(uuid=manifest.uuid).exclude(name=name).first():
        raise ProvisioningError(
            f"The tenant of this dump is there, as {taken.name!r}. Restore the dump without --same-tenant."
        )
    names = set(Tombstone.objects.filter(uuid=manifest.uuid).values_list("name", flat=True))
    is_known = names or Tombstone.objects.filter(name=name).exists()
    if name not in (names if is_known else {manifest.tenant}):
        raise ProvisioningError(
            f"This dump is not of the tenant that had the name {name!r}. Restore it without --same-tenant."
        )


@dataclass
class Restoration(Creation):
    """A tenant in the making out of a dump."""

    command = Tenant.Command.RESTORE
    is_copy_of_template = False
    if_taken = "--name gives the new tenant another name, --replace replaces this one."

    path: Path = field(kw_only=True)
    manifest: Manifest = field(kw_only=True)
    same_tenant: bool = field(kw_only=True)
    with_code: bool = field(kw_only=True)

    def __post_init__(self) -> None:
        if self.same_tenant and self.row.pk is None:
            self.row.uuid = UUID(self.manifest.uuid)
        super().__post_init__()

    def fill(self, fresh: Place) -> None:
        self.report(f"loading {self.path}")
        load(self.path, self.manifest, self.database.engine, fresh, with_code=self.with_code)
        if self.same_tenant:
            self.restore_hosts()

    def restore_hosts(self) -> None:
        """Gives the tenant the host names that it had, except those that are other tenants' by now."""
        hosts = self.manifest.hostnames
        taken = Hostname.objects.filter(host__in=hosts).values_list("host", flat=True)
        free = sorted({*hosts} - {*taken})
        Hostname.objects.bulk_create(Hostname(host=host, tenant=self.row) for host in free)


@dataclass
class RestorationOver(Replacement):
    """A tenant whose database is replaced by one made from a dump."""

    command = Tenant.Command.REPLACE
    state = Tenant.State.RESTORING

    path: Path = field(kw_only=True)
    manifest: Manifest = field(kw_only=True)
    with_code: bool = field(kw_only=True)

    def fill(self, fresh: Place) -> None:
        self.report(f"loading {self.path}")
        load(self.path, self.manifest, self.other.engine, fresh, with_code=self.with_code)
        with fresh.in_its_place():
            migrate(fresh.alias)
