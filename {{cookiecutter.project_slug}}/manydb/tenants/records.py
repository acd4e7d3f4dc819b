"""What is known about a tenant: its row of the catalog or, without a row, its entry in TENANTS."""

from functools import cache
from sys import intern
from typing import Any, NamedTuple
from uuid import NAMESPACE_DNS, UUID, uuid5

from django.db import connections

from manydb.core.ownership import Owner
from manydb.core.routing import prefix

COLUMNS = ("name", "database", "server", "state", "fingerprint", "uuid", "account")


class TenantRecord(NamedTuple):
    """A row of the catalog, or a tenant of TENANTS without a row, which counts as ready.

    ``uuid`` is empty for a template. ``account`` is the label of its account, if it has one of its own.
    """

    name: str
    alias: str
    database: str
    server: str = ""
    state: str = "ready"
    fingerprint: str = ""
    uuid: str = ""
    account: str = ""

    @property
    def owner(self) -> Owner:
        """Whom its objects and queries belong to."""
        return Owner(self.uuid, self.name)

    def after(self, other: UUID) -> "TenantRecord":
        """Returns the record of a tenant without a row whose name this other one has had before."""
        return self._replace(uuid=str(uuid5(other, self.uuid)))

    @property
    def place(self) -> tuple[str, str, str]:
        """The server, the database on it, and the account that it is reached with."""
        return self.server, self.database, self.account

    @property
    def is_where_listed(self) -> bool:
        """Whether the tenant is where TENANTS places it. It may have moved since."""
        return (self.server, self.database) == ("", prefix() + self.name)


# The alias under which templates and prebuilt databases are migrated. No tenant and no host has such a name.
TEMPLATE = "0template"


def template_record() -> TenantRecord:
    """Returns the record under which the template of the server of ``default`` is made."""
    return TenantRecord(TEMPLATE, TEMPLATE.upper(), f"{prefix()}{TEMPLATE}")


def from_row(row: tuple[Any, ...]) -> TenantRecord:
    """Returns the record of a row's COLUMNS."""
    name, database, server, state, fingerprint, identity, account = row
    server, state, fingerprint = map(intern, (server, state, fingerprint))  # the same in thousands
    known = (name, name.upper(), database, server, state, fingerprint, str(identity), account)
    return TenantRecord(*known)


@cache
def _first_uuid(database: str) -> str:
    """Returns the UUID of a tenant without a row, the same in every process. Its row takes it over."""
    return str(uuid5(NAMESPACE_DNS, database))


def listed(name: str) -> TenantRecord | None:
    """Returns the tenant of this name in TENANTS, or None."""
    alias = name.upper()
    entry = dict.get(connections.settings, alias)  # the mapping's own get() would ask the catalog
    if entry is None or entry.get("TENANT") != name:
        return None
    return TenantRecord(name, alias, prefix() + name, uuid=_first_uuid(prefix() + name))


def all_listed() -> dict[str, TenantRecord]:
    """Returns the tenants of TENANTS, by name."""
    names = {entry.get("TENANT") for entry in dict.values(connections.settings)} - {None}
    return {name: record for name in sorted(names) if (record := listed(name))}
