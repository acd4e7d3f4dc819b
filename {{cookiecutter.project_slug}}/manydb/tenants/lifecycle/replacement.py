"""A new database replaces a tenant's: one on another server, or one made from a dump.

The new database is complete, and checked, before one UPDATE of the catalog makes it the tenant's. Until then
the old one is unchanged; afterwards it is retained.
"""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from django.db import Error

from manydb.tenants.lifecycle.catalog_rows import SERVED, require_state
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.operation import Operation, reconnect
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.tenant_database import TenantDatabase
from manydb.tenants.lifecycle.tenant_names import free_database
from manydb.tenants.models import Tenant


@dataclass
class Replacement(Operation):
    """A tenant whose database is being replaced. ``wait`` is passed to ``drain``."""

    command: ClassVar[Tenant.Command]
    state: ClassVar[Tenant.State]

    wait: float | None = None

    def fill(self, fresh: Place) -> None:
        """Fills the new, empty database. The tenant is drained meanwhile."""
        raise NotImplementedError

    def run(self, server: str) -> None:
        """Makes the new database on a server, fills it and switches. Goes on where a killed run stopped.

        Raises:
            ProvisioningError: a step failed, and the tenant is served as before.
        """
        if self.row.command != self.command:
            self._start(server)
        try:
            other = self.other
            if not self.is_whole:
                self.drain(self.wait)
                self.make(other)
            other.release()
        except BaseException as error:
            self.give_up()
            if isinstance(error, Error | OSError):
                raise ProvisioningError(
                    f"{self.row.name!r} is as it was: {sentence(error)}"
                ) from error
            raise
        self.switch()

    def _start(self, server: str) -> None:
        name = self.row.name
        require_state(self.row, *SERVED)
        if self.row.other_database:
            raise ProvisioningError(
                f"{name!r} still has {self.row.other_database} from before its last move. Drop that with "
                f"move_tenant {name} --drop-kept, or return to it with move_tenant {name} --back."
            )
        database, run = free_database(name, server), secrets.token_hex(4)
        TenantDatabase.on(self.row, server, database)  # raises before anything is recorded
        other = {"other_server": server, "other_database": database}
        self.start(self.command, state=self.state, run=run, **other)

    def make(self, other: TenantDatabase) -> None:
        other.remove(ours=False)  # what a run that was killed has made
        self.record(phase=Tenant.Phase.COPYING)
        self.report(f"making the database {other.place.name}")
        with other.making() as fresh:
            self.fill(fresh)
        self.record(phase=Tenant.Phase.WHOLE)

    def give_up(self) -> None:
        """Drops the new database. The tenant keeps its own, and is served as before."""
        reconnect()
        other = self.other
        with suppress(
            Error, OSError
        ):  # its server may be what failed; the next move there cleans up
            other.remove(ours=self.is_whole)
            if self.row.other_server != self.row.server:
                other.drop_accounts()
        self.serve_as_before(other_server="", other_database="")
