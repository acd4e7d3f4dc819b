"""Dropping a tenant."""

from contextlib import suppress
from pathlib import Path

from django.db import Error

from manydb.tenants.lifecycle.catalog_rows import (
    SERVED,
    bury,
    existing,
    refuse_listed,
    require_state,
    tenant_lock,
)
from manydb.tenants.lifecycle.dumps import write
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.next_step import next_step
from manydb.tenants.lifecycle.operation import Operation
from manydb.tenants.lifecycle.reporting import Report, silent
from manydb.tenants.models import Tenant

_BEING_MADE = (Tenant.State.CREATING, Tenant.State.FAILED)


def drop(
    name: str,
    *,
    dump_to: Path | None = None,
    proof: bool = True,
    wait: float | None = None,
    report: Report = silent,
) -> None:
    """Drops a tenant's database, the previous one if it is retained, and the row. Open sessions are ended.

    Args:
        dump_to: a file for the tenant's data. While it is written, the tenant answers 503.
        proof: restore that file into a scratch database and compare, before anything is dropped.
        wait: seconds until no process serves the tenant, with ``dump_to``; None for
            ``TENANT_CACHE_SECONDS`` and one more.

    Raises:
        ProvisioningError: TENANTS lists the tenant, this project did not name its database, or a step failed.
    """
    with tenant_lock(name):
        row = existing(name)
        refuse_listed(row)
        if row.command == Tenant.Command.ADOPT:
            raise ProvisioningError(f"{name!r} is {row.state}. {next_step(row)}")
        require_state(row, *SERVED, Tenant.State.DROPPING, *_BEING_MADE)
        if dump_to and row.state not in SERVED:
            raise ProvisioningError(
                f"{name!r} is {row.state}, too late for a dump. Run drop_tenant {name} without --dump."
            )
        removal = Operation(row, report)
        if dump_to:
            with removal.drained(Tenant.Command.DROP, wait):
                write(removal, dump_to, proof=proof)
        databases = [removal.database, *([removal.other] if row.other_database else [])]
        # A database that was to be made may be another one of the same name.
        ours = removal.is_whole or row.state not in _BEING_MADE
        try:
            if ours:
                removal.start(Tenant.Command.DROP, state=Tenant.State.DROPPING)
                with suppress(Error, OSError):  # it may be gone already
                    removal.database.say(Tenant.State.DROPPING)
            for database in databases:
                report(f"dropping {database.place.name}")
                database.remove(ours=ours)
            for database in databases:
                database.drop_accounts()
        except (Error, OSError) as error:
            raise ProvisioningError(
                f"{name!r} is not dropped yet: {sentence(error)}. Run this command again."
            ) from error
        if ours:
            bury(row)
        else:
            row.delete()
