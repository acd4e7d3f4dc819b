"""New tenants: empty ones, and copies of others."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.db import Error
from django.utils import timezone

from manydb.core.disk_migrations import fingerprint
from manydb.fleet.migrate import migrate
from manydb.tenants import catalog
from manydb.tenants.lifecycle.catalog_rows import (
    SERVED,
    await_name,
    existing,
    require_state,
    tenant_lock,
)
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.logins import first_account
from manydb.tenants.lifecycle.operation import Operation
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.reporting import Report, silent
from manydb.tenants.lifecycle.spares import template_with_spares
from manydb.tenants.lifecycle.tenant_database import TenantDatabase
from manydb.tenants.lifecycle.tenant_names import (
    check_host,
    check_server,
    free_database,
)
from manydb.tenants.models import Tenant
from manydb.tenants.records import listed

CREATING = Tenant.State.CREATING


def create(
    name: str, *, server: str = "", wait: float | None = None, report: Report = silent
) -> Tenant:
    """Makes a tenant whose database is a copy of the template, and serves it.

    If it is killed, calling it again goes on. If it fails, it removes what it made.

    Args:
        server: a key of ``settings.TENANT_SERVERS``, or ``""`` for the server of ``default``.
        wait: seconds since another tenant has lost this name; None for ``TENANT_CACHE_SECONDS`` and one more.

    Raises:
        ProvisioningError: the name is not valid or is taken, or a step failed.
    """
    return create_with(Creation, name, server=server, wait=wait, report=report)


def create_listed(name: str, *, report: Report = silent) -> Tenant:
    """Makes the database of a tenant that TENANTS lists and that has no row yet, or goes on with that.

    The tenant gets the UUID that processes know it by already.

    Raises:
        ProvisioningError: TENANTS does not list it, the catalog has it, or a step failed.
    """
    with tenant_lock(name):
        record, row = listed(name), Tenant.objects.filter(name=name).first()
        if row is not None and (row.state, row.command) == (CREATING, Creation.command):
            creation = Creation(row, report, resumed=True)
        elif row is None and record is not None:
            known = catalog.find(name, fresh=True) or record
            begun = {"command": Creation.command, "phase": Tenant.Phase.STARTED}
            check_host(name)
            creation = Creation(
                Tenant(name=name, uuid=known.uuid, database=known.database, **begun), report
            )
        else:
            raise ProvisioningError(
                f"{name!r} is in the catalog, or not in TENANTS. Use create_tenant {name}."
            )
        creation.run()
    return creation.row


def clone(
    source: str, name: str, *, server: str = "", wait: float | None = None, report: Report = silent
) -> Tenant:
    """Makes a tenant with the data that another tenant has at one moment. The other one stays online.

    If it is killed, calling it again goes on. If it fails, it removes what it made.

    Raises:
        ProvisioningError: the source is not served, the name is not valid or is taken, or a step failed.
    """
    original = existing(source)
    require_state(original, *SERVED)
    if not (database := TenantDatabase.of(original)).exists():
        raise ProvisioningError(
            f"{source!r} has no database to clone: {database.place.name} is missing. Bring it back with "
            f"restore_tenant <file> --replace --name {source}, or clone another tenant."
        )
    return create_with(Clone, name, server=server, wait=wait, report=report, source=source)


@dataclass
class Creation(Operation):
    """A tenant in the making."""

    command: ClassVar[Tenant.Command] = Tenant.Command.CREATE
    is_copy_of_template: ClassVar[bool] = True
    if_taken: ClassVar[str] = "Choose another name."

    resumed: bool = False
    state: Tenant.State = Tenant.State.READY  # that the tenant gets in the end

    @classmethod
    def started(cls, name: str, server: str, report: Report, source: str, **more: Any) -> Self:
        """Returns a creation with a row that says that this command has started. ``run`` saves it.

        Raises:
            ProvisioningError: a tenant has this name as a host name.
            ImproperlyConfigured: the settings have no place on that server.
        """
        check_host(name)
        row = Tenant(
            name=name,
            server=server,
            database=free_database(name, server),
            command=cls.command,
            phase=Tenant.Phase.STARTED,
            source=source,
        )
        return cls(row, report, **more)

    @classmethod
    def continued(cls, name: str, server: str, report: Report, source: str, **more: Any) -> Self:
        """Returns the creation that an interrupted run of this command has started.

        Raises:
            ProvisioningError: the name is taken, or the run was for another server.
        """
        row = Tenant.objects.filter(name=name).first()
        if row is None or (row.command, row.source) != (cls.command, source):
            if row is not None:
                require_state(row, *SERVED)
            if row is None:
                raise ProvisioningError(
                    f"{name!r} is listed in TENANTS: python manage.py deploy_databases makes its database, and in "
                    "development python manage.py bootstrap. For a tenant of the catalog choose another name."
                )
            raise ProvisioningError(f"There is a tenant {name!r} already. {cls.if_taken}")
        if server not in ("", row.server):
            raise ProvisioningError(
                f"{name!r} was started on {row.server or 'default'}. Continue there, or run "
                f"drop_tenant {name} first."
            )
        return cls(row, report, resumed=True, **more)

    def fill(self, fresh: Place) -> None:
        """Fills the new database, if that is not a copy of the template."""
        raise NotImplementedError

    def run(self) -> None:
        """Makes the database and serves the tenant.

        Raises:
            ProvisioningError: a step failed; what was made is removed.
        """
        try:
            if self.row.pk is None:
                self.row.account = first_account(self.database.place, str(self.row.uuid))
                self.row.save()
                self.database = TenantDatabase.of(self.row)  # whose token names the row
            if not self.is_whole or not self.database.exists():
                if self.resumed:
                    self.database.remove(ours=False)
                self.make_database()
            if self.database.engine.marks_inside:
                self.record(phase=Tenant.Phase.WHOLE)
                self.database.release()
            self.finish(
                state=self.state,
                fingerprint=fingerprint(),
                migrated_at=timezone.now(),
                error="",
            )
        except BaseException as error:
            self.undo()
            if isinstance(error, Error | OSError):
                name = self.row.name
                raise ProvisioningError(f"{name!r} was not made: {sentence(error)}") from error
            raise

    def make_database(self) -> None:
        place, engine = self.database.place, self.database.engine
        copied = self.is_copy_of_template
        template = template_with_spares(place, engine, self.report) if copied else None
        self.report(f"making the database {place.name}")
        with self.database.making(template) as fresh:
            if not copied:
                self.fill(fresh)
                with fresh.in_its_place():
                    migrate(fresh.alias)

    def undo(self) -> None:
        """Removes the database and the row. If that fails, the row says so."""
        if self.row.pk is None:
            return
        try:
            # No more than that: MySQL can't tell an empty database that another process has made from one that
            # this run could not mark any more.
            if self.is_whole or self.database.is_marked():
                self.database.drop()
            self.database.drop_accounts()
            self.row.delete()
        except (Error, OSError) as error:
            with suppress(Error):
                self.record(state=Tenant.State.FAILED, error=sentence(error))


class Clone(Creation):
    """A tenant in the making that gets the data of ``row.source``."""

    command = Tenant.Command.CLONE
    is_copy_of_template = False

    def fill(self, fresh: Place) -> None:
        self.report(f"copying {self.row.source}")
        original = TenantDatabase.of(existing(self.row.source))
        self.database.engine.copy(original.tables, fresh)


def create_with(
    kind: type[Creation],
    name: str,
    *,
    server: str,
    wait: float | None,
    report: Report,
    source: str = "",
    **more: Any,
) -> Tenant:
    """Makes a tenant by this kind of creation, or goes on with one that was interrupted.

    ``more`` are fields that the kind has besides those of ``Creation``.
    """
    with tenant_lock(name):
        check_server(server)
        begin = kind.started if catalog.find(name) is None else kind.continued
        creation = begin(name, server, report, source, **more)
        if not creation.resumed:
            await_name(name, wait, report)
        creation.run()
    return creation.row
