"""Accounts of tenants: a first one, and the next generation.

Both generations log in until no process knows the one before. What a killed run has left is dropped by the next one.
"""

import time
from collections.abc import Iterable, Iterator

from django.db import Error

from manydb.core.conf import conf
from manydb.fleet.tenant_logins import TenantAccount, has_accounts
from manydb.tenants import catalog
from manydb.tenants.lifecycle.catalog_rows import SERVED, existing, tenant_lock
from manydb.tenants.lifecycle.errors import ProvisioningError, sentence
from manydb.tenants.lifecycle.operation import Operation
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.reporting import Report, silent
from manydb.tenants.lifecycle.tenant_database import TenantDatabase
from manydb.tenants.models import Tenant


def give_account(name: str) -> bool:
    """Makes the account that a tenant lacks on its server, or a first one. Those that are there stay as they are.

    Returns:
        whether another account than before is in use now.

    Raises:
        ProvisioningError: tenants have no accounts here, there is no such tenant, or the server refuses it.
    """
    with tenant_lock(name):
        row = existing(name)
        account = TenantAccount(str(row.uuid), row.account or _next(row).label)
        return _admit(row, account)


def rotate(names: Iterable[str], *, wait: float | None = None, report: Report = silent) -> int:
    """Gives tenants the next generation of their accounts, and drops the one before when no process knows it.

    Args:
        wait: seconds until then; None for ``TENANT_CACHE_SECONDS`` and one more.

    Returns:
        the number of tenants that have a new account.

    Raises:
        ProvisioningError: a tenant could not be given one. Those before it have theirs.
    """
    rotated = []
    try:
        for name in names:
            with tenant_lock(name):
                row = existing(name)
                if row.state not in SERVED:
                    report(f"{name} is {row.state}, and keeps its account")
                    continue
                report(f"making the next account of {name}")
                _admit(row, _next(row))
                rotated.append(name)
    finally:
        if rotated:
            _drop_others(rotated, wait, report)
    return len(rotated)


def _drop_others(names: list[str], wait: float | None, report: Report) -> None:
    wait = conf.TENANT_CACHE_SECONDS + 1 if wait is None else wait
    report(f"waiting {wait:g} s until no process logs in with the accounts of before")
    time.sleep(wait)
    for name in names:
        with tenant_lock(name):
            if (row := Tenant.objects.filter(name=name).first()) is None or not row.account:
                continue  # dropped meanwhile
            others = list(TenantAccount(str(row.uuid), row.account).others())
            for database in _databases(row):
                database.engine.expel(database.tables, others)
            for database in _databases(row):
                database.engine.drop_accounts(database.place, others)


def close_to_shared(name: str) -> bool:
    """Takes the rights on a tenant's database away from the account that pages had before, and its replicas'.

    Returns:
        whether there was something to take away.

    Raises:
        ProvisioningError: that account owns the database, or the tenant does not have its own account yet.
    """
    with tenant_lock(name):
        row = existing(name)
        if not row.account:
            raise ProvisioningError(
                f"{name!r} does not have its own account yet. Run rotate_tenant_accounts {name} first."
            )
        place = TenantDatabase.of(row).place
        if place.pages is None or place.pages.has_one_account:
            raise ProvisioningError(
                f"{place.shared_user} made the databases, and can't be kept out of them. Set DATABASE_ADMIN_USER, "
                "and run deploy_databases."
            )
        before = _may_use(place)
        for database in _databases(row):
            database.engine.expel(database.tables, [login.user for login in place.pages.logins])
        if left := _may_use(place):
            raise ProvisioningError(f"{left[0]} may still use {place.name}. Look at its grants.")
        return bool(before)


def _may_use(place: Place) -> list[str]:
    pages = place.pages
    assert pages is not None  # noqa: S101  for the type checker
    with pages.session() as cursor:
        return [
            login.user for login in pages.logins if place.name in pages.granted_to(cursor, login)
        ]


def _next(row: Tenant) -> TenantAccount:
    place = TenantDatabase.of(row).place
    if not has_accounts(place.settings):
        raise ProvisioningError(
            "Tenants do not have their own accounts here. Set TENANT_ACCOUNTS = True, on PostgreSQL, MySQL or MariaDB."
        )
    return TenantAccount.next(str(row.uuid), row.account)


def _admit(row: Tenant, account: TenantAccount) -> bool:
    try:
        for database in _databases(row):
            database.admit(account)
    except (Error, OSError) as error:
        raise ProvisioningError(
            f"{row.name!r} has the account that it had: {sentence(error)}. Run this command again."
        ) from error
    if row.account == account.label:
        return False
    Operation(row).record(account=account.label)
    catalog.forget(row.name)
    return True


def _databases(row: Tenant) -> Iterator[TenantDatabase]:
    """Yields the tenant's database, and the previous one if it is retained."""
    yield TenantDatabase.of(row)
    if row.other_database:
        yield TenantDatabase.other_of(row)
