"""One run over the fleet: what comes of each tenant, and the lock that keeps a second run out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connections

from manydb.core.direct import direct
from manydb.core.locks import Locked, hold
from manydb.core.placement import shared_alias
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
    """Keeps other backups and restores of the fleet out, by a session of its own, while the block runs.

    Raises:
        ProvisioningError: another one is at work.
    """
    connection = direct(connections[shared_alias()].copy())
    try:
        with hold(connection, "backup of the fleet", wait=_WAIT):
            yield
    except Locked as holder:
        raise ProvisioningError(
            f"Another backup or restore of the fleet is at work ({holder}). Wait until it is done."
        ) from None
    finally:
        connection.close()
