"""What a deployment has to make, found by looking only; or why it must not make anything.

A database that is missing is made only if it never was there: the shared one with ``--first``, others if the shared one
does not know them. Everything else that is missing was lost, or the parameters lead to the wrong place.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from django.db import Error, connections

from manydb.core.conf import conf
from manydb.core.direct import passing
from manydb.core.disk_migrations import on_disk
from manydb.core.entries import vendor
from manydb.core.migrated_aliases import is_migrated
from manydb.core.missing_databases import fillers
from manydb.core.placement import shared_alias
from manydb.core.routing import facts, is_made_here, listed, prefix, primary_of
from manydb.fleet.admin_account import PASSWORD, USER, admin_login, as_admin
from manydb.fleet.deployment.deployed import (
    claim,
    deployed,
    deployed_domain,
    identity_in,
    project_identity,
    tables_in,
)
from manydb.fleet.deployment.deployed_servers import Servers, Wanted
from manydb.fleet.deployment.server import CannotReach, Change, DatabaseServer
from manydb.fleet.deployment.server_kinds import KINDS
from manydb.fleet.deployment.tenancy import TenantPlace, tenancy
from manydb.fleet.tenant_logins import PAGES, READER, TenantAccount


@dataclass
class Plan:
    """``refusals`` are reasons to change nothing. ``of_tenants`` comes after the shared databases were migrated."""

    refusals: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    of_tenants: list[Change] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """What would be made, a line for each."""
        return [change.text for change in (*self.changes, *self.of_tenants)]


def unfit() -> str:
    """Why these settings can't be deployed; "" if they can."""
    shared = connections.settings[shared_alias()]
    if vendor(shared) not in KINDS:
        return (
            "deploy_databases is for PostgreSQL and MySQL, and these settings have SQLite. For development run "
            "python manage.py bootstrap; in production set DJANGO_SETTINGS_MODULE to the settings of production."
        )
    if admin_login(shared) is None:
        return (
            f"{USER} is not set: put it and {PASSWORD} where the other parameters are, of an account that may create "
            "databases and accounts. Pages never use it."
        )
    return ""


def look(
    servers: Servers, *, first: bool, forgotten: Iterable[str] = (), new_domain: bool = False
) -> Plan:
    """Returns the plan. Nothing is changed."""
    plan = Plan()
    plan.wanted = [*_wanted(servers)]
    shared = plan.wanted[0]
    _look_at_server(plan, shared.server, shared.name)
    if plan.refusals:
        return plan
    with_id = _look_at_shared(plan, servers, shared, first)
    if plan.refusals:
        return plan
    for server in servers:
        if server is not shared.server:
            _look_at_server(plan, server, shared.name, only_note=True)
    known: dict[str, str] = {}
    if with_id:
        with shared.server.database(shared.name) as cursor:
            known, places = deployed(cursor), tenancy().places(cursor)
            domain = deployed_domain(cursor) or conf.BASE_DOMAIN
        if domain != conf.BASE_DOMAIN and not new_domain:
            plan.refusals = [
                f"{shared.name} on {shared.server.label} serves {domain}, and BASE_DOMAIN is {conf.BASE_DOMAIN}: give "
                "each deployment, such as staging, a PREFIX and its own database in settings/databases.py, or run "
                "deploy_databases --new-domain if the domain has changed."
            ]
            return plan
    else:
        places = tenancy().places(None)
    _look_at_others(plan, servers, known, set(forgotten))
    for place in places:
        _look_at_tenant(plan, servers, place)
    _look_at_grants(plan, servers, places)
    _look_at_extensions(plan, shared.server)
    return plan


def _wanted(servers: Servers) -> Iterator[Wanted]:
    """Yields the databases of DATABASES, the shared one first; with a catalog no tenants."""
    for alias in sorted(listed(), key=lambda alias: alias != shared_alias()):
        known = facts(alias)
        if primary_of(alias) != alias or not is_made_here(alias):
            continue
        if tenancy().has_catalog and known.get("TENANT"):
            continue
        if vendor(known) in KINDS:
            name = str(known["NAME"])
            ours = alias == shared_alias() or is_migrated(alias)
            yield Wanted(alias, name, servers.of_alias(alias), ours)


def _look_at_server(
    plan: Plan, server: DatabaseServer, shared: str, *, only_note: bool = False
) -> None:
    """Notes what is missing on one server: rights of the administrator, and the accounts of pages.

    A server that is away stops a deployment only if it is that of the shared database.
    """
    try:
        with server.session() as cursor:
            problems = server.problems(cursor)
            changes, refused = ([], []) if problems else server.account_changes(cursor, shared)
            plan.notes += [] if problems or changes else server.excess(cursor, shared)
    except CannotReach as error:
        (plan.notes if only_note else plan.refusals).append(str(error))
        return
    plan.refusals += problems + refused
    plan.changes += changes


def _look_at_shared(plan: Plan, servers: Servers, shared: Wanted, first: bool) -> bool:
    """Returns whether the shared database is there and says that it is this project's."""
    server, name = shared.server, shared.name
    names = servers.names(server)
    if name in names:
        with server.database(name) as cursor:
            said, tables = identity_in(cursor), tables_in(cursor)
        ours = project_identity(name)
        if said == ours:
            return True
        if said is not None:
            plan.refusals.append(
                f"{name} on {server.label} says that it is the database of another project, or the prefix "
                f"{prefix()!r} is not what it was. Correct PREFIX in settings/databases.py, or DATABASE_HOST."
            )
        elif not first:
            plan.refusals.append(
                f"{name} on {server.label} does not say that it is this project's. If this is the first deployment, "
                "run deploy_databases --first. If not, correct DATABASE_HOST, or restore the database."
            )
        elif tables and "django_migrations" not in tables:
            plan.refusals.append(
                f"{name} on {server.label} has tables of other software, such as {min(tables)}. Correct DATABASE_HOST "
                "or the name of default in settings/databases.py."
            )
        elif not tables and (served := _database_of_a_tenant(server, names)):
            plan.refusals.append(
                f"{name} on {server.label} is empty, but {served} is a tenant's database: {name} was lost. Restore it "
                "from a backup, or correct DATABASE_HOST."
            )
        else:
            plan.changes.append(_grants(shared))
            plan.changes.append(
                Change(f"write into {name} that it is this project's", partial(_claim, shared))
            )
        return False
    if there := _one_of_ours(plan, servers):
        plan.refusals.append(
            f"{there}, but {name} is not: it was lost, or has another name. Restore it from a "
            "backup, or correct its name in settings/databases.py, or DATABASE_HOST."
        )
    elif not first:
        plan.refusals.append(
            f"There is no database {name} on {server.label}. If this is the first deployment, run deploy_databases "
            "--first. If not, correct DATABASE_HOST, or restore the database from a backup."
        )
    else:
        plan.changes.append(_creation(shared))
        plan.changes.append(
            Change(f"write into {name} that it is this project's", partial(_claim, shared))
        )
    return False


def _one_of_ours(plan: Plan, servers: Servers) -> str:
    """Returns where a database of the project is, on any of its servers; "" if there is none."""
    for server in servers:
        names = _reached(plan, servers, server, "a server of tenants") or set()
        ours = sorted(
            _names_of_ours(names), key=lambda each: (each.startswith(f"{prefix()}0"), each)
        )
        if ours:
            return f"{ours[0]} is on {server.label}"
    return ""


def _database_of_a_tenant(server: DatabaseServer, names: set[str]) -> str:
    """Returns a database of the project that says that it is a tenant's; "" if there is none."""
    for name in sorted(_names_of_ours(names)):
        with suppress(Error), server.database(name) as cursor:  # PostgreSQL: none into a template
            if identity_in(cursor) is not None:
                return name
    return ""


def _names_of_ours(names: set[str]) -> set[str]:
    tenants = {str(facts(alias)["NAME"]) for alias in listed() if facts(alias).get("TENANT")}
    return {name for name in names if name in tenants or (prefix() and name.startswith(prefix()))}


def _look_at_others(
    plan: Plan, servers: Servers, known: Mapping[str, str], forgotten: set[str]
) -> None:
    for wanted in plan.wanted[1:]:
        names = _reached(plan, servers, wanted.server, wanted.alias)
        if names is None:
            continue
        if wanted.name in names:
            if wanted.ours and wanted.alias in known and _is_empty(wanted.server, wanted.name):
                plan.refusals.append(
                    f"{wanted.alias} had tables, and {wanted.name} on {wanted.server.label} is empty: it was lost. "
                    "Correct its host or name, or restore it from a backup."
                )
            continue
        if wanted.ours and wanted.alias in known:
            plan.refusals.append(
                f"{wanted.alias} had a database, {known[wanted.alias]}, and {wanted.server.label} has no {wanted.name}. "
                "Correct its host or name, or restore it from a backup."
            )
        elif wanted.ours:
            plan.changes.append(_creation(wanted))
        else:
            plan.notes.append(
                f"{wanted.alias}: there is no database {wanted.name} on {wanted.server.label}. Its tables are made by "
                "other software, so it is not made here."
            )
    for alias in sorted(known.keys() - {wanted.alias for wanted in plan.wanted} - forgotten):
        plan.refusals.append(
            f"{alias} had a database, {known[alias]}, and the settings do not name it any more. Put it back into "
            f"TENANTS or SHARED, or run deploy_databases --forget {alias}."
        )


def _is_empty(server: DatabaseServer, name: str) -> bool:
    with server.database(name) as cursor:
        return not tables_in(cursor)


def _look_at_tenant(plan: Plan, servers: Servers, place: TenantPlace) -> None:
    is_ours = place.database.removeprefix("test_").startswith(prefix())
    if not (is_ours or place.is_adopted):
        plan.refusals.append(
            f"Tenant {place.name!r} has the database {place.database}, whose name does not start with the prefix "
            f"{prefix()!r}. Correct PREFIX in settings/databases.py."
        )
        return
    server = _server_of(plan, servers, place)
    names = _reached(plan, servers, server, place.name) if server else None
    if server is None or names is None or not place.is_settled:
        return
    is_there = place.database in names
    if place.is_begun:
        make = partial(tenancy().make, place.name)
        plan.of_tenants.append(Change(f"go on with making the tenant {place.name}", make))
    elif place.is_made and not is_there:
        plan.refusals.append(
            f"Tenant {place.name!r} had the database {place.database}, and {server.label} does not have it. Correct "
            f"DATABASE_HOST, or run restore_tenant FILE --replace --name {place.name} with its last dump."
        )
    elif not place.is_made and not is_there:
        make = partial(tenancy().make, place.name)
        plan.of_tenants.append(
            Change(f"make the tenant {place.name} with the database {place.database}", make)
        )
    elif not place.is_made:
        with server.database(place.database) as cursor:
            said = identity_in(cursor)
        if said is not None and place.identity not in ("", said.tenant):
            plan.refusals.append(
                f"{place.database} on {server.label} says that it is the database of another tenant than "
                f"{place.name!r}. Correct DATABASE_HOST, or take {place.name} out of TENANTS and restore it."
            )
        else:
            adopt = partial(tenancy().claim, place.name)
            plan.of_tenants.append(
                Change(f"write into {place.database} that it is the tenant {place.name}'s", adopt)
            )
    elif tenancy().has_accounts and not _has_account(servers, server, place):
        give = partial(tenancy().give_account, place.name)
        plan.of_tenants.append(Change(f"give the tenant {place.name} an account of its own", give))


def _has_account(servers: Servers, server: DatabaseServer, place: TenantPlace) -> bool:
    """Whether the tenant's own account is on its server: a server that was restored may have lost it."""
    if not place.account:
        return False
    account = TenantAccount(place.identity, place.account)
    purposes = (PAGES, READER) if server.reader else (PAGES,)
    return {account.name(purpose) for purpose in purposes} <= servers.accounts(server)


def _server_of(plan: Plan, servers: Servers, place: TenantPlace) -> DatabaseServer | None:
    if not place.server:
        return plan.wanted[0].server
    if place.server not in servers.of_tenants:
        plan.refusals.append(
            f"Tenant {place.name!r} is on server {place.server!r}, which TENANT_SERVERS does not have. Add it there."
        )
    return servers.of_tenants.get(place.server)


def _reached(plan: Plan, servers: Servers, server: DatabaseServer, what: str) -> set[str] | None:
    try:
        return servers.names(server)
    except CannotReach as error:
        note = f"{what} can't be looked at. {error}"
        if not any(str(error) in said for said in plan.notes):
            plan.notes.append(note)
        return None


def _look_at_grants(plan: Plan, servers: Servers, places: Iterable[TenantPlace]) -> None:
    """Adds the databases that are there already, and that the accounts of pages may not use yet."""
    made = {change.text for change in plan.changes}
    found: list[tuple[DatabaseServer, str, bool, str]] = [
        (wanted.server, wanted.name, wanted.ours, "") for wanted in plan.wanted
    ]
    # With accounts of their own, tenants' databases are none of those that are for all pages.
    for place in () if tenancy().has_accounts else places:
        server = servers.of_tenants.get(place.server) if place.server else plan.wanted[0].server
        if server is not None and (place.is_settled or not place.is_made):
            tenant = place.name if place.is_made else ""
            found.append((server, place.database, True, tenant))
    granted: dict[DatabaseServer, set[str]] = {}
    foreign: dict[DatabaseServer, set[str]] = {}
    for server, name, ours, tenant in found:
        names = _reached(plan, servers, server, name)
        if server.has_one_account or names is None or name not in names:
            continue
        if server not in granted:
            with server.session() as cursor:
                granted[server] = server.granted(cursor)
                foreign[server] = server.foreign(cursor)
                if tenancy().has_accounts:
                    foreign[server] |= server.open_to_all(cursor)
        lacking = name not in granted[server] or (ours and name in foreign[server])
        if lacking and tenant and _is_empty(server, name):
            plan.refusals.append(
                f"{name} on {server.label} is empty, and the tenant's was not: it was lost. Correct DATABASE_HOST, or "
                f"run restore_tenant FILE --replace --name {tenant} with its last dump."
            )
        elif lacking and _text_of_grants(server, name) not in made:
            plan.changes.append(_grants_on(server, name, ours))


def _look_at_extensions(plan: Plan, server: DatabaseServer) -> None:
    wanted = {
        str(getattr(operation, "name", ""))
        for migration in on_disk().disk_migrations.values()
        for operation in migration.operations
        if any(kind.__name__ == "CreateExtension" for kind in type(operation).__mro__)
    }
    if wanted:
        with server.session() as cursor:
            plan.refusals += server.extensions(cursor, wanted)


def _creation(wanted: Wanted) -> Change:
    def make() -> None:
        wanted.server.create(wanted.name)
        wanted.server.grant(wanted.name)
        if facts(wanted.alias).get("TENANT"):
            with passing(wanted.alias, as_admin):
                for fill in fillers:  # tables without migrations come first
                    fill(wanted.alias)

    return Change(f"create the database {wanted.name} for {wanted.alias}", make)


def _text_of_grants(server: DatabaseServer, name: str) -> str:
    return f"let {' and '.join(login.user for login in server.logins)} use {name}"


def _grants(wanted: Wanted) -> Change:
    return _grants_on(wanted.server, wanted.name, wanted.ours)


def _grants_on(server: DatabaseServer, name: str, ours: bool) -> Change:
    make = partial(server.grant, name) if ours else partial(_grant_if_possible, server, name)
    return Change(_text_of_grants(server, name), make)


def _grant_if_possible(server: DatabaseServer, name: str) -> str:
    try:
        server.grant(name, ours=False)
    except Error as error:
        return f"{name}: {server.said(error)}. Let its owner give these rights."
    return ""


def _claim(shared: Wanted) -> None:
    with shared.server.database(shared.name, as_owner=True) as cursor:
        claim(cursor, shared.name)
