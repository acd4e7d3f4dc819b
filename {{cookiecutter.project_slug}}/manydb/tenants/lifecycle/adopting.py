"""A database that was there before its tenant, such as that of a project without tenants, becomes a tenant's.

Nothing is copied. The database gets the migrations that it lacks and says whose it is; the catalog gets a row.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from django.utils import timezone

from manydb.core.database_identity import read
from manydb.core.disk_migrations import fingerprint
from manydb.core.ownership import IDENTITY_TABLE
from manydb.core.routing import prefix
from manydb.fleet.migrate import migrate
from manydb.fleet.tenant_logins import TenantAccount
from manydb.tenants.identity import SERVED
from manydb.tenants.lifecycle.adopted_tables import Fit, fit_of
from manydb.tenants.lifecycle.catalog_rows import (
    await_name,
    bury,
    existing,
    refuse_listed,
    require_state,
    tenant_lock,
)
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.logins import first_account
from manydb.tenants.lifecycle.operation import Operation
from manydb.tenants.lifecycle.reporting import Report, silent
from manydb.tenants.lifecycle.tenant_database import TenantDatabase
from manydb.tenants.lifecycle.tenant_names import check_host, check_server
from manydb.tenants.models import Tenant
from manydb.tenants.records import TEMPLATE, all_listed

_SERVED = (Tenant.State.READY, Tenant.State.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an adoption finds, before anything is changed."""

    row: Tenant  # not saved, unless a run that was killed has saved it
    fit: Fit


def plan(name: str, database: str, *, server: str = "") -> Plan:
    """Looks whether a database can become this tenant's; changes nothing.

    Raises:
        ProvisioningError: it can't. The message says why.
    """
    with tenant_lock(name):
        return _plan(name, database, server)


def adopt(
    name: str,
    database: str,
    *,
    server: str = "",
    wait: float | None = None,
    report: Report = silent,
) -> Tenant:
    """Makes a database that exists the tenant's, and serves the tenant. Killed, it goes on when it is called again.

    Args:
        database: its name on the server; of SQLite the name of the file without ``.sqlite3``.
        server: a key of ``settings.TENANT_SERVERS``, or ``""`` for the server of ``default``.
        wait: seconds since another tenant has lost this name; None for ``TENANT_CACHE_SECONDS`` and one more.

    Raises:
        ProvisioningError: the database can't become this tenant's, or a step failed.
    """
    with tenant_lock(name):
        row = _plan(name, database, server).row
        if row.pk is None:
            await_name(name, wait, report)
            row.account = first_account(TenantDatabase.of(row).place, str(row.uuid))
            row.save()
        operation = Operation(row, report)
        _refuse_the_catalog(operation)
        operation.database.say(Tenant.State.CREATING)
        report(f"migrating {database}")
        try:
            with operation.database.place.in_its_place() as connection:
                migrate(connection.alias)
        except Exception as error:
            said = " ".join([sentence(error), *getattr(error, "__notes__", ())]).rstrip(".")
            raise ProvisioningError(
                f"{database!r} is not the database of {name!r} yet: {said}. Run adopt_tenant {name} --database "
                f"{database} again, or adopt_tenant {name} --back."
            ) from error
        if row.account:
            operation.database.admit(TenantAccount(str(row.uuid), row.account))
        operation.database.say(SERVED)
        operation.finish(
            state=Tenant.State.READY, fingerprint=fingerprint(), migrated_at=timezone.now()
        )
        return row


def give_back(name: str, *, wait: float | None = None, report: Report = silent) -> str:
    """Forgets a tenant and leaves its adopted database, with all rows, to others. Returns the database's name.

    Raises:
        ProvisioningError: the tenant has another database than the one that it brought along.
    """
    with tenant_lock(name):
        row = existing(name)
        if not row.adopted or row.database != row.adopted:
            raise ProvisioningError(
                f"{name!r} was not made by adopt_tenant, or has another database by now. Run drop_tenant {name} "
                "to remove it, or dump_tenant to keep its data."
            )
        refuse_listed(row)
        operation = Operation(row, report)
        if row.command != Tenant.Command.ADOPT:
            require_state(row, *_SERVED)
            with operation.drained(Tenant.Command.ADOPT_BACK, wait):
                operation.database.engine.thaw(operation.database.place)
        _forget_identity(operation.database)
        operation.database.leave()
        bury(row)
        return row.database


def _plan(name: str, database: str, server: str) -> Plan:
    check_server(server)
    row = _started(name, database, server) or _new(name, database, server)
    try:
        place = TenantDatabase.on(row, server, database)
    except ImproperlyConfigured as error:  # the database of an alias of DATABASES
        raise ProvisioningError(
            f"{database!r} is the database of an alias that is not a tenant's, such as default: give that alias "
            f"another NAME in DATABASES, then run python manage.py migrate_databases. ({error})"
        ) from None
    if not place.exists():
        where = server or "the server of default"
        raise ProvisioningError(
            f"There is no database {place.place.name!r} on {where}. Name one that exists, or make an empty tenant "
            f"with create_tenant {name}."
        )
    # Django asks ``connections`` for the alias of a connection, and the tenant has none before it is there.
    with replace(place.place, alias=TEMPLATE.upper()).in_its_place() as connection:
        connection.ensure_connection()
        _refuse_another_tenants(row, connection)
        fit = fit_of(connection)
    if not fit.models:
        raise ProvisioningError(
            "No model lives in tenants' databases. Name models or apps of tenants first: TenantModel, or TENANT_APPS."
        )
    if fit.misfits:
        raise ProvisioningError(
            f"{database!r} does not fit: {'; '.join(fit.misfits[:5])}. Migrate it with the settings that it had "
            "before, then run this command again."
        )
    return Plan(row, fit)


def _started(name: str, database: str, server: str) -> Tenant | None:
    """The row of a run that was killed.

    Raises:
        ProvisioningError: there is a tenant of this name, or it was started with another database.
    """
    row = Tenant.objects.filter(name=name).first()
    if row is None:
        return None
    if row.command != Tenant.Command.ADOPT:
        raise ProvisioningError(f"There is a tenant {name!r} already. Choose another name.")
    if (row.database, row.server) != (database, server):
        raise ProvisioningError(
            f"{name!r} was started with {row.database}. Continue with that, or run adopt_tenant {name} --back first."
        )
    return row


def _new(name: str, database: str, server: str) -> Tenant:
    check_host(name)
    row = Tenant(
        name=name,
        server=server,
        database=database,
        adopted=database,
        command=Tenant.Command.ADOPT,
        phase=Tenant.Phase.STARTED,
    )
    if name in all_listed():
        _refuse_a_second_database(row)
    here = Q(database=database, server=server) | Q(other_database=database, other_server=server)
    if owner := Tenant.objects.filter(here).first():
        raise ProvisioningError(
            f"{database!r} is the database of tenant {owner.name!r} already. Name another database."
        )
    if not server and (listed := _listed_with(database)):
        raise ProvisioningError(
            f"{database!r} is the database of tenant {listed!r} already. Name another database."
        )
    return row


def _refuse_a_second_database(row: Tenant) -> None:
    name = row.name
    if getattr(connections.settings, "own", {}).get(name.upper()):
        raise ProvisioningError(
            f"DATABASES gives {name!r} a database already. Run migrate_databases --only {name.upper()}, which makes "
            "that the tenant's, or list the tenant by its name alone."
        )
    listed = TenantDatabase.on(row, "", prefix() + name)
    if listed.exists():
        raise ProvisioningError(
            f"{name!r} has a database already: {listed.place.name}. Choose another name, or drop that database."
        )


def _listed_with(database: str) -> str:
    """The tenant of DATABASES that has no row and this database; "" if there is none."""
    for name in all_listed().keys() - set(Tenant.objects.values_list("name", flat=True)):
        own = getattr(connections.settings, "own", {}).get(name.upper(), {})
        if database in (prefix() + name, str(own.get("NAME") or "")):
            return name
    return ""


def _refuse_another_tenants(row: Tenant, connection: Any) -> None:
    """Refuses a database that says whose it is, and one that holds a catalog."""
    found = read(connection.connection, connection.Database.Error)
    if found is not None and found.tenant != str(row.uuid):
        owner = Tenant.objects.filter(uuid=found.tenant).first()
        whose = (
            f"of tenant {owner.name!r}" if owner else "of a tenant that this catalog does not have"
        )
        raise ProvisioningError(
            f"{row.database!r} says that it is the database {whose}. If that is out of date, drop its table "
            f"{IDENTITY_TABLE}, then run this command again."
        )
    table = Tenant._meta.db_table
    if table in connection.introspection.table_names() and _count(connection, table):
        raise ProvisioningError(
            f"{row.database!r} holds a catalog of tenants (the table {table}): it is default's, or another project's. "
            "Give default its own database, without a copy of this table's rows here."
        )


def _refuse_the_catalog(operation: Operation) -> None:
    """Refuses the database of ``default`` under another address: it has the row that was written a moment ago."""
    table = Tenant._meta.db_table
    with operation.database.place.connect() as connection:
        if table in connection.introspection.table_names() and _count(connection, table):
            operation.row.delete()
            raise ProvisioningError(
                f"{operation.row.database!r} is the database of default. Give default another NAME in DATABASES, "
                "then run python manage.py migrate_databases."
            )


def _count(connection: BaseDatabaseWrapper, table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
        return int(cursor.fetchone()[0])


def _forget_identity(database: TenantDatabase) -> None:
    try:
        with database.place.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {IDENTITY_TABLE}")
    except Error as error:
        raise ProvisioningError(
            f"{database.place.name} can't be changed: {sentence(error)}. Run this command again."
        ) from error


def folder_of_files(row: Tenant) -> str:
    """Where the tenant's stored files are, below MEDIA_ROOT; "" without the package's storage."""
    from django.core.files.storage import default_storage

    from manydb.tenants.storage import TenantStorage

    is_ours = apps.ready and isinstance(default_storage, TenantStorage)
    return f"{row.uuid}/" if is_ours else ""
