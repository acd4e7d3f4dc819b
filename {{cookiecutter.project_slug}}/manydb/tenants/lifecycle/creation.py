"""From nothing to a tenant that is served: the steps that creating, cloning and restoring share."""

from collections.abc import Callable
from contextlib import suppress

from django.db import Error
from django.utils import timezone

from manydb.core.disk_migrations import fingerprint
from manydb.fleet.migrate import migrate
from manydb.tenants import catalog
from manydb.tenants.lifecycle.claims import (
    SERVED,
    existing,
    in_state,
    note,
    place_of,
    working_on,
)
from manydb.tenants.lifecycle.engines import Engine, engine_of
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.reporting import Say, nothing
from manydb.tenants.lifecycle.spares import template_with_spares
from manydb.tenants.lifecycle.steps import Step
from manydb.tenants.lifecycle.tenant_names import (
    check_files,
    check_host,
    check_server,
    free_database,
)
from manydb.tenants.models import Tenant

_MADE = "made"  # the database is whole

Fill = Callable[[Engine, Place], None]  # puts what a tenant has into an empty database


def create(name: str, *, server: str = "", say: Say = nothing) -> Tenant:
    """Makes a tenant whose database is a copy of the template, and serves it.

    Killed, it leaves a row that says how far it came, and goes on when it is called again. A failure
    leaves nothing.

    Args:
        server: a key of ``settings.TENANT_SERVERS``, or ``""`` for the server of ``default``.

    Raises:
        ProvisioningError: the name can't be a tenant's or is taken, or a step failed; says why.
    """
    return bear(name, "create_tenant", None, server=server, say=say)


def clone(source: str, name: str, *, server: str = "", say: Say = nothing) -> Tenant:
    """Makes a tenant with all that another one has at one moment; that one is served meanwhile.

    Killed or failed, it does as ``create`` does, and raises what that raises.
    """
    original = existing(source)
    in_state(original, *SERVED)

    def fill(engine: Engine, fresh: Place) -> None:
        say(f"copying {source}")
        engine.copy(engine.tables_of(place_of(original)), fresh)

    return bear(name, f"clone_tenant {source}", fill, server=server, say=say)


def bear(name: str, command: str, fill: Fill | None, *, server: str, say: Say) -> Tenant:
    """Makes a tenant with what ``fill`` puts into its database or, without that, a copy of the template."""
    with working_on(name):
        check_server(server)
        row, again = _claim(name, command, server)
        try:
            place = place_of(row)
            engine = engine_of(place)
            if not is_made(row) or not engine.exists(place):
                if again:
                    _tidy(row, place, engine)
                _make(row, place, engine, fill, say)
            if engine.marks_inside:
                note(row, Step(command, _MADE))
                engine.release(place, token_of(row))
            done = {"fingerprint": fingerprint(), "migrated_at": timezone.now(), "error": ""}
            note(row, "", state=Tenant.State.READY, **done)
        except BaseException as error:
            _undo(row)
            if isinstance(error, Error | OSError):
                raise ProvisioningError(f"{name!r} was not made: {sentence(error)}") from error
            raise
    return row


def _claim(name: str, command: str, server: str) -> tuple[Tenant, bool]:
    """The row that says what is being made, and whether it is that of a run that did not come to its end."""
    if catalog.find(name) is None:
        check_host(name)
        if command != "restore_tenant":  # which brings back the one whose files they are
            check_files(name)
        database = free_database(name, server)
        step = str(Step(command, "begun"))
        return Tenant.objects.create(name=name, server=server, database=database, step=step), False
    row = Tenant.objects.filter(name=name).first()
    if row is None or Step.of(row).command != command:
        if row is not None and row.state not in SERVED:
            in_state(row, *SERVED)
        another = "choose another name"
        if command == "restore_tenant":
            another = "--name gives the new one another name, --replace takes the place of this one"
        raise ProvisioningError(f"There is a tenant {name!r} already: {another}.")
    if server not in ("", row.server):
        raise ProvisioningError(
            f"{name!r} was begun on {row.server or 'default'}: go on there, or drop_tenant {name} first."
        )
    return row, True


def _tidy(row: Tenant, place: Place, engine: Engine) -> None:
    """Removes what a run that was killed left."""
    engine.discard(place, token_of(row))
    if engine.made_by(place, token_of(row)):
        engine.drop(place)


def _make(row: Tenant, place: Place, engine: Engine, fill: Fill | None, say: Say) -> None:
    template = None if fill else template_with_spares(place, engine, say)
    say(f"making the database {place.name}")
    with engine.making(place, token_of(row), template) as fresh:
        if fill:
            fill(engine, fresh)
            with fresh.in_its_place():
                migrate(fresh.alias)


def _undo(row: Tenant) -> None:
    """Leaves no trace or, where that fails as well, a row that says so."""
    try:
        place = place_of(row)
        engine = engine_of(place)
        if is_made(row) or engine.made_by(place, token_of(row)):
            engine.drop(place)
        row.delete()
    except (Error, OSError) as error:
        with suppress(Error):
            note(row, row.step, state=Tenant.State.FAILED, error=sentence(error))


def is_made(row: Tenant) -> bool:
    """Whether the database is whole and this row's, which its mark may not say any more."""
    return Step.of(row).phase == _MADE


def token_of(row: Tenant, run: str = "0") -> str:
    """What tells a database that is made for this row, by this run, from all others."""
    return f"tenant_{row.pk}_{run}"
