"""Tenants out of dumps."""

from dataclasses import dataclass, field
from pathlib import Path

from django.db import connections

from manydb.core.placement import shared_alias
from manydb.fleet.migrate import migrate
from manydb.tenants.lifecycle.catalog_rows import existing, tenant_lock
from manydb.tenants.lifecycle.creation import Creation, create_with
from manydb.tenants.lifecycle.dumps import load, read
from manydb.tenants.lifecycle.manifest import Manifest
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.replacement import Replacement
from manydb.tenants.lifecycle.reporting import Report, silent
from manydb.tenants.models import Hostname, Tenant


def restore(
    path: Path,
    name: str = "",
    *,
    server: str = "",
    wait: float | None = None,
    report: Report = silent,
) -> Tenant:
    """Makes a tenant out of a dump, under the name that it had or another one, and migrates it.

    If it is killed, calling it again goes on. If it fails, it removes what it made.

    Raises:
        ProvisioningError: the file can't become a tenant here, the name is taken, or a step failed.
    """
    manifest = _usable_manifest(path)
    name = name or manifest.tenant
    return create_with(
        Restoration, name, server=server, wait=wait, report=report, path=path, manifest=manifest
    )


def restore_over(
    path: Path, name: str = "", *, wait: float | None = None, report: Report = silent
) -> Tenant:
    """Replaces a tenant's database by one made from a dump, and drops the old one.

    The tenant answers 503 meanwhile. If it is killed, calling it again goes on. If it fails, the tenant stays
    as it was.

    Args:
        wait: seconds until no process serves the tenant; None for ``TENANT_CACHE_SECONDS`` and one more.

    Raises:
        ProvisioningError: the file can't become this tenant, or a step failed.
    """
    manifest = _usable_manifest(path)
    with tenant_lock(name or manifest.tenant):
        row = existing(name or manifest.tenant)
        restoration = RestorationOver(row, report, wait, path=path, manifest=manifest)
        restoration.run(row.server)
        restoration.drop_previous()
        return row


def _usable_manifest(path: Path) -> Manifest:
    manifest = read(path)
    manifest.check(connections[shared_alias()].vendor)
    return manifest


@dataclass
class Restoration(Creation):
    """A tenant in the making out of a dump."""

    command = Tenant.Command.RESTORE
    is_copy_of_template = False
    if_taken = "--name gives the new tenant another name, --replace replaces this one."

    path: Path = field(kw_only=True)
    manifest: Manifest = field(kw_only=True)

    def fill(self, fresh: Place) -> None:
        self.report(f"loading {self.path}")
        load(self.path, self.manifest, self.database.engine, fresh)
        if self.row.name == self.manifest.tenant:
            self.restore_hosts()

    def restore_hosts(self) -> None:
        """Gives the tenant the host names that it had, except those that other tenants have by now."""
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

    def fill(self, fresh: Place) -> None:
        self.report(f"loading {self.path}")
        load(self.path, self.manifest, self.other.engine, fresh)
        with fresh.in_its_place():
            migrate(fresh.alias)
