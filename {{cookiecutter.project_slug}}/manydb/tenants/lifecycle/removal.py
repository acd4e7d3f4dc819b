"""The end of a tenant."""

from pathlib import Path

from django.db import Error

from manydb.tenants.lifecycle.claims import (
    SERVED,
    existing,
    in_state,
    not_listed,
    note,
    other_place_of,
    place_of,
    working_on,
)
from manydb.tenants.lifecycle.creation import is_made, token_of
from manydb.tenants.lifecycle.dumps import write
from manydb.tenants.lifecycle.engines import engine_of
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.quiescing import quiesced
from manydb.tenants.lifecycle.reporting import Say, nothing
from manydb.tenants.lifecycle.steps import Step
from manydb.tenants.models import Tenant

CREATING, FAILED, DROPPING = (
    Tenant.State.CREATING,
    Tenant.State.FAILED,
    Tenant.State.DROPPING,
)


def drop(
    name: str, *, dump_to: Path | None = None, wait: float | None = None, say: Say = nothing
) -> None:
    """Drops a tenant's database, whoever is connected to it, what is kept for it, and its row.

    Args:
        dump_to: where its last state is to be written first; while that lasts it answers 503.
        wait: seconds until no process serves it any more, with ``dump_to``; None takes the settings' word.

    Raises:
        ProvisioningError: it stands in TENANTS, or its database is not one that this project named.
    """
    with working_on(name):
        row = existing(name)
        not_listed(row)
        in_state(row, *SERVED, DROPPING, CREATING, FAILED)
        born = is_made(row) or row.state not in (CREATING, FAILED)
        if dump_to and row.state not in SERVED:
            raise ProvisioningError(
                f"{name!r} is {row.state}, too late for a dump: run drop_tenant {name} without --dump."
            )
        if dump_to:
            with quiesced(row, "drop_tenant", wait, say):
                write(row, dump_to, say)
        places = [place_of(row), *([other_place_of(row)] if row.other_database else [])]
        try:
            if born:
                note(row, Step("drop_tenant", "dropping"), state=DROPPING)
            for place in places:
                say(f"dropping {place.name}")
                _drop(row, place, anyway=born)
        except (Error, OSError) as error:
            raise ProvisioningError(
                f"{name!r} is not dropped yet, run this again: {sentence(error)}"
            ) from error
        row.delete()


def _drop(row: Tenant, place: Place, anyway: bool) -> None:
    engine = engine_of(place)
    engine.discard(place, token_of(row))
    # A database that was to be made may be somebody else's of that name.
    if anyway or engine.made_by(place, token_of(row)):
        engine.drop(place)
