"""Another database takes the place of a tenant's: one on another server, or one made from a dump.

The new one is whole, and checked, before one UPDATE of the catalog makes it the tenant's. Until then the
old one is as it was; afterwards it is kept.
"""

import secrets
from contextlib import suppress

from django.db import Error

from manydb.tenants.lifecycle.claims import SERVED, in_state, note, other_place_of
from manydb.tenants.lifecycle.creation import Fill, token_of
from manydb.tenants.lifecycle.engines import engine_of
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.quiescing import quiesce, serve_as_before, served_after
from manydb.tenants.lifecycle.reporting import Say
from manydb.tenants.lifecycle.steps import Step
from manydb.tenants.lifecycle.tenant_names import free_database
from manydb.tenants.models import Tenant

_CHECKED = "checked"  # the other database is whole


def replace(
    row: Tenant, command: str, state: str, server: str, fill: Fill, wait: float | None, say: Say
) -> None:
    """Fills a new database on ``server`` while nobody writes, and switches; goes on after a kill.

    Raises:
        ProvisioningError: a step failed, and the tenant is served as before.
    """
    if Step.of(row).command != command:
        in_state(row, *SERVED)
        _nothing_kept(row)
        other = {"other_server": server, "other_database": free_database(row.name, server)}
        step = Step(command, "begun", run=secrets.token_hex(4), then=served_after(row))
        note(row, step, state=state, **other)
    try:
        if not _is_checked(row):
            quiesce(row, wait, say)
            _fill(row, fill, say)
        place = other_place_of(row)
        engine_of(place).release(place, _token(row))
    except BaseException as error:
        give_back(row)
        if isinstance(error, Error | OSError):
            raise ProvisioningError(f"{row.name!r} is as it was: {sentence(error)}") from error
        raise
    switch(row)


def _nothing_kept(row: Tenant) -> None:
    if row.other_database:
        raise ProvisioningError(
            f"{row.name!r} still has {row.other_database} from before its last move: drop that with "
            f"move_tenant {row.name} --drop-kept, or go back to it with move_tenant {row.name} --back."
        )


def _fill(row: Tenant, fill: Fill, say: Say) -> None:
    place = other_place_of(row)
    engine, token = engine_of(place), _token(row)
    engine.discard(place, token)
    if engine.made_by(place, token):  # by a run that was killed
        engine.drop(place)
    step = Step.of(row)
    note(row, step.at("copying"))
    say(f"making the database {place.name}")
    with engine.making(place, token) as fresh:
        fill(engine, fresh)
    note(row, step.at(_CHECKED))


def switch(row: Tenant) -> None:
    """Makes the other database the tenant's, and keeps what was its own, in one statement.

    Connections that are open, this thread's too, go along by themselves when they are used next.
    """
    note(
        row,
        "",
        state=served_after(row),
        server=row.other_server,
        database=row.other_database,
        other_server=row.server,
        other_database=row.database,
    )


def give_back(row: Tenant) -> None:
    """Ends what ``replace`` has begun: the tenant is where it was, and served as it was."""
    other = other_place_of(row)
    engine = engine_of(other)
    with suppress(Error, OSError):  # that server may be what failed; the next move there tidies up
        engine.discard(other, _token(row))
        if _is_checked(row) or engine.made_by(other, _token(row)):
            engine.drop(other)
    serve_as_before(row, other_server="", other_database="")


def drop_kept(row: Tenant) -> None:
    """Drops the database that was kept."""
    place = other_place_of(row)
    engine_of(place).drop(place)
    note(row, row.step, other_server="", other_database="")


def _is_checked(row: Tenant) -> bool:
    """Whether the other database is whole and this row's, which its mark may not say any more."""
    return Step.of(row).phase == _CHECKED


def _token(row: Tenant) -> str:
    """Of this run alone: the database that the tenant has may be one that an earlier run made."""
    return token_of(row, Step.of(row).run)
