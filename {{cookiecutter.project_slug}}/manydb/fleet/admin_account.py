"""The account that makes databases and changes tables. Pages have another one, which can do neither.

DATABASE_ADMIN_USER and DATABASE_ADMIN_PASSWORD are read when a command needs them, and never by the settings. So a
process that serves pages holds no password with which a database could be made or dropped. A server of TENANT_SERVERS
may have its own, such as EUROPE_DATABASE_ADMIN_USER. Without them commands use the account of DATABASES.

On PostgreSQL the account works as a role that can't log in and that owns the databases and their tables. So another
account can take its place one day, and tables belong to no person.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connections

from manydb.core.credentials import Login
from manydb.core.entries import vendor
from manydb.core.placement import shared_alias
from manydb.core.routing import prefix
from manydb.fleet.tenant_logins import has_accounts
from manydb.parameters import get_param

USER, PASSWORD = "DATABASE_ADMIN_USER", "DATABASE_ADMIN_PASSWORD"
# Keys of the engine in a tenant's entry: the login that all tenants' databases had, and who is meant by the entry.
SHARED, ADMIN = "SHARED", "ADMIN"
_SERVERS = ("mysql", "postgresql")


def admin_login(entry: Mapping[str, Any]) -> Login | None:
    """Returns the account for the server of this entry; None if the parameters name none.

    Raises:
        ParameterStoreUnavailable: the parameter store can't be asked.
    """
    if vendor(entry) not in _SERVERS:
        return None
    server = str(entry.get("SERVER") or "").upper()
    for start in (f"{server}_", "") if server else ("",):
        if user := get_param(start + USER, ""):
            return Login(user, get_param(start + PASSWORD, ""))
    return None


def as_admin(entry: Mapping[str, Any], *, as_owner: bool = True) -> dict[str, Any]:
    """Returns a direct entry with the account that may change tables; the same entry if there is no such account.

    Args:
        as_owner: on PostgreSQL, work as the role that owns the databases.
    """
    if entry.get("TENANT") and has_accounts(entry):
        # A connection that follows its tenant goes on with this account, and not with that of pages.
        entry = {**entry, **(entry.get(SHARED) or {}), ADMIN: True}
    login = admin_login(entry)
    if login is None or login.user == entry.get("USER"):
        return dict(entry)
    changed = {**entry, "USER": login.user, "PASSWORD": login.password}
    if vendor(entry) == "postgresql":
        options = {k: v for k, v in (entry.get("OPTIONS") or {}).items() if k != "assume_role"}
        changed["OPTIONS"] = options | ({"assume_role": owner_role(entry)} if as_owner else {})
    return changed


def owner_role(entry: Mapping[str, Any]) -> str:
    """Returns the role that owns the databases on PostgreSQL: that of OPTIONS, or one named by the prefix."""
    given = (entry.get("OPTIONS") or {}).get("assume_role")
    if given:
        return str(given)
    return f"{_start()}owner"[:63]


def clients_role() -> str:
    """Returns the role on PostgreSQL whose members are all accounts of pages. It has no rights; PgBouncer asks for it."""
    return f"{_start()}clients"[:63]


def _start() -> str:
    return prefix() or f"{connections.settings[shared_alias()]['NAME']}_"
