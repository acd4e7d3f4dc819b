"""One run over the fleet: what comes of each tenant, and the lock that keeps a second run out."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from manydb.core.leases import LeaseLost
from manydb.core.locks import Locked, lock
from manydb.tenants.lifecycle.errors import ProvisioningError

_WAIT = 5  # seconds in which a server notices that a run was killed


@dataclass(frozen=True, slots=True)
class Outcome:
    """``done`` says what was done with a tenant, or ``left`` why nothing was; ``error`` says why it failed."""

    name: str
    done: str = ""
    left: str = ""
    error: str = ""


@contextmanager
def only_run() -> Iterator[None]:
    """Keeps other backups and restores of the fleet out, on whatever node of a cluster they run.

    Raises:
        ProvisioningError: another one is at work, or has taken over since this one was not heard of.
    """
    with ExitStack() as held:
        try:
            held.enter_context(lock("backup of the fleet", wait=_WAIT))
        except Locked as holder:
            raise ProvisioningError(
                f"Another backup or restore of the fleet is at work ({holder}). Wait until it is done."
            ) from None
        try:
            yield
        except LeaseLost as lost:
            raise ProvisioningError(str(lost)) from lost
