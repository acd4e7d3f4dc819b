"""Moving a tenant to another server, and back."""

from manydb.tenants.lifecycle.claims import (
    SERVED,
    existing,
    in_state,
    other_place_of,
    place_of,
    working_on,
)
from manydb.tenants.lifecycle.counting import compare, rows
from manydb.tenants.lifecycle.engines import Engine, engine_of
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.quiescing import quiesced
from manydb.tenants.lifecycle.replacing import drop_kept, replace, switch
from manydb.tenants.lifecycle.reporting import Say, nothing
from manydb.tenants.lifecycle.tenant_names import check_server
from manydb.tenants.models import Tenant

MOVING = Tenant.State.MOVING


def move(name: str, server: str, *, wait: float | None = None, say: Say = nothing) -> Tenant:
    """Copies a tenant's database to another server, counts the rows of every table, and switches.

    The tenant answers 503 meanwhile. Killed, it goes on when it is called again; a failure leaves the
    tenant where it was. What it had is kept: ``back`` returns to that, ``forget`` drops it.

    Args:
        server: a key of ``settings.TENANT_SERVERS``, or ``""`` for the server of ``default``.
        wait: seconds until no process serves the tenant any more; None takes the settings' word.

    Raises:
        ProvisioningError: it can't be moved there, or a step failed; says why.
    """
    with working_on(name):
        check_server(server)
        row = existing(name)
        _check_target(row, server)

        def fill(engine: Engine, fresh: Place) -> None:
            say(f"copying {name}")
            source = engine.tables_of(place_of(row))
            engine.copy(source, fresh)
            say("counting the rows of each table")
            with source.connect() as old, fresh.connect() as new:
                compare(rows(old), rows(new))

        replace(row, "move_tenant", MOVING, server, fill, wait, say)
        return row


def _check_target(row: Tenant, server: str) -> None:
    if row.state == MOVING:
        if server != row.other_server:
            raise ProvisioningError(
                f"{row.name!r} is being moved to {row.other_server or 'default'}: go on there, or run "
                f"resume_tenant {row.name}, which leaves it where it is."
            )
    elif server == row.server:
        raise ProvisioningError(f"{row.name!r} is on {server or 'default'} already.")


def back(name: str, *, wait: float | None = None, say: Say = nothing) -> Tenant:
    """Returns to the database that the last move kept; what was written since stays in the other one.

    Raises:
        ProvisioningError: nothing is kept.
    """
    with working_on(name):
        row = _with_kept(name)
        with quiesced(row, "move_tenant --back", wait, say):
            kept = other_place_of(row)
            engine_of(kept).thaw(kept)
            switch(row)
        return row


def forget(name: str) -> Tenant:
    """Drops the database that the last move kept.

    Raises:
        ProvisioningError: nothing is kept.
    """
    with working_on(name):
        row = _with_kept(name)
        drop_kept(row)
        return row


def _with_kept(name: str) -> Tenant:
    row = existing(name)
    in_state(row, *SERVED)
    if not row.other_database:
        raise ProvisioningError(
            f"Nothing is kept of {name!r}: its last move is long over, or never was."
        )
    return row
