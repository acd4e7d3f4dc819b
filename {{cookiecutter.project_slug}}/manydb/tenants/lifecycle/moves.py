"""Moving a tenant to another server, and back."""

from manydb.tenants.lifecycle.catalog_rows import SERVED, existing, require_state, tenant_lock
from manydb.tenants.lifecycle.counting import compare, rows
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.operation import Operation
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.replacement import Replacement
from manydb.tenants.lifecycle.reporting import Report, silent
from manydb.tenants.lifecycle.tenant_names import check_server
from manydb.tenants.models import Tenant


class Move(Replacement):
    """A tenant that moves to another server."""

    command = Tenant.Command.MOVE
    state = Tenant.State.MOVING

    def fill(self, fresh: Place) -> None:
        self.report(f"copying {self.row.name}")
        source = self.database.tables
        self.database.engine.copy(source, fresh)
        self.report("counting the rows of each table")
        with source.connect() as old, fresh.connect() as new:
            compare(rows(old), rows(new))


def move(name: str, server: str, *, wait: float | None = None, report: Report = silent) -> Tenant:
    """Copies a tenant's database to another server, compares the rows of every table, and switches.

    The tenant answers 503 meanwhile. If the move is killed, calling it again goes on. If it fails, the tenant
    stays where it was. The previous database is retained: ``move_back`` returns to it,
    ``drop_previous_database`` drops it.

    Args:
        server: a key of ``settings.TENANT_SERVERS``, or ``""`` for the server of ``default``.
        wait: seconds until no process serves the tenant; None for ``TENANT_CACHE_SECONDS`` and one more.

    Raises:
        ProvisioningError: the tenant can't be moved there, or a step failed.
    """
    with tenant_lock(name):
        check_server(server)
        row = existing(name)
        _check_target(row, server)
        Move(row, report, wait).run(server)
        return row


def _check_target(row: Tenant, server: str) -> None:
    if row.state == Move.state:
        if server != row.other_server:
            raise ProvisioningError(
                f"{row.name!r} is being moved to {row.other_server or 'default'}. Continue there, or run "
                f"resume_tenant {row.name} to leave it where it is."
            )
    elif server == row.server:
        raise ProvisioningError(
            f"{row.name!r} is on {server or 'default'} already. Choose another server."
        )


def move_back(name: str, *, wait: float | None = None, report: Report = silent) -> Tenant:
    """Returns to the previous database. Rows that were written since the move stay in the other one.

    Raises:
        ProvisioningError: no previous database is retained.
    """
    with tenant_lock(name):
        row = _with_previous(name)
        operation = Operation(row, report)
        with operation.drained(Tenant.Command.MOVE_BACK, wait):
            previous = operation.other
            previous.engine.thaw(previous.place)
            operation.switch()
        return row


def drop_previous_database(name: str) -> Tenant:
    """Drops the database that the last move has retained.

    Raises:
        ProvisioningError: no previous database is retained.
    """
    with tenant_lock(name):
        row = _with_previous(name)
        Operation(row).drop_previous()
        return row


def _with_previous(name: str) -> Tenant:
    row = existing(name)
    require_state(row, *SERVED)
    if not row.other_database:
        raise ProvisioningError(
            f"No previous database is kept for {name!r}. There is nothing to move back to, or to drop."
        )
    return row
