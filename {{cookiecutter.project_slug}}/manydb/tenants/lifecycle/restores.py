"""A tenant out of a file."""

from pathlib import Path

from django.db import connections

from manydb.fleet.migrate import migrate
from manydb.tenants import catalog
from manydb.tenants.lifecycle.claims import existing, working_on
from manydb.tenants.lifecycle.creation import Fill, bear
from manydb.tenants.lifecycle.dumps import load, read
from manydb.tenants.lifecycle.engines import Engine
from manydb.tenants.lifecycle.manifest import Manifest
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.replacing import drop_kept, replace
from manydb.tenants.lifecycle.reporting import Say, nothing
from manydb.tenants.lifecycle.tenant_names import check_files
from manydb.tenants.models import Hostname, Tenant


def restore(path: Path, name: str = "", *, server: str = "", say: Say = nothing) -> Tenant:
    """Makes a tenant out of a dump, under the name that it had or another one, and migrates it.

    Killed, it goes on when it is called again; a failure leaves nothing.

    Raises:
        ProvisioningError: the file can't become a tenant here, or there is one of that name; says why.
    """
    manifest, load_dump = _opened(path, say)
    name = name or manifest.tenant

    def fill(engine: Engine, fresh: Place) -> None:
        load_dump(engine, fresh)
        if name == manifest.tenant:
            _bring_back_hosts(existing(name), manifest)

    if name != manifest.tenant and catalog.find(name) is None:
        check_files(name)
    return bear(name, "restore_tenant", fill, server=server, say=say)


def restore_over(
    path: Path, name: str = "", *, wait: float | None = None, say: Say = nothing
) -> Tenant:
    """Gives a tenant what a dump has in place of what it has, which is dropped once the new is whole.

    The tenant answers 503 meanwhile. Killed, it goes on when it is called again; a failure leaves the
    tenant as it was.

    Raises:
        ProvisioningError: the file can't become this tenant, or a step failed; says why.
    """
    manifest, load_dump = _opened(path, say)

    def fill(engine: Engine, fresh: Place) -> None:
        load_dump(engine, fresh)
        with fresh.in_its_place():
            migrate(fresh.alias)

    with working_on(name or manifest.tenant):
        row = existing(name or manifest.tenant)
        state = Tenant.State.RESTORING
        replace(row, "restore_tenant --replace", state, row.server, fill, wait, say)
        drop_kept(row)
        return row


def _opened(path: Path, say: Say) -> tuple[Manifest, Fill]:
    """What a dump is of, and what loads it, if it can become a tenant here."""
    manifest = read(path)
    manifest.check(connections["default"].vendor)

    def fill(engine: Engine, fresh: Place) -> None:
        say(f"loading {path}")
        load(path, manifest, engine, fresh)

    return manifest, fill


def _bring_back_hosts(row: Tenant, manifest: Manifest) -> None:
    """Gives a tenant the host names that it had, but for those that others have by now."""
    taken = Hostname.objects.filter(host__in=manifest.hostnames).values_list("host", flat=True)
    hosts = {*manifest.hostnames} - {*taken}
    Hostname.objects.bulk_create(Hostname(host=host, tenant=row) for host in sorted(hosts))
