"""A time in which nobody serves a tenant, and nobody writes into its database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from manydb.core.conf import conf
from manydb.tenants.lifecycle.claims import note, place_of
from manydb.tenants.lifecycle.engines import engine_of
from manydb.tenants.lifecycle.reporting import Say
from manydb.tenants.lifecycle.steps import Step
from manydb.tenants.models import Tenant


@contextmanager
def quiesced(row: Tenant, command: str, wait: float | None, say: Say) -> Iterator[None]:
    """Suspends a tenant while the block lasts, which says what becomes of it; a failure serves it as before."""
    step = Step(command, "begun", then=served_after(row))
    note(row, step, state=Tenant.State.SUSPENDED)
    try:
        quiesce(row, wait, say)
        yield
    except BaseException:
        serve_as_before(row)
        raise


def quiesce(row: Tenant, wait: float | None, say: Say) -> None:
    """Waits until no process serves the tenant any more, and keeps those from writing that still would.

    Args:
        wait: seconds; for as long as a process may trust what it knows of the tenant, if None.
    """
    wait = conf.TENANT_CACHE_SECONDS + 1 if wait is None else wait
    say(f"{row.name} is {row.state}: waiting {wait:g} s until every process knows")
    time.sleep(wait)
    place = place_of(row)
    if why_not := engine_of(place).freeze(place):
        say(f"{place.name} can't be frozen: {why_not}")


def serve_as_before(row: Tenant, **fields: str) -> None:
    """Ends that time: the tenant can be written to, and is served if it was."""
    place = place_of(row)
    engine_of(place).thaw(place)
    note(row, "", state=served_after(row), **fields)


def served_after(row: Tenant) -> str:
    """The state that a tenant had before, which its step says, and will have again."""
    return Step.of(row).then or row.state
