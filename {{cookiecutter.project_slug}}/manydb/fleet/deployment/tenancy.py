"""Where a deployment learns of tenants: from the settings alone or, with ``tenants``, from the catalog."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from django.db.backends.utils import CursorWrapper


class TenantPlace(NamedTuple):
    """A tenant, and where its database has to be. ``server`` is a key of TENANT_SERVERS, or empty."""

    name: str
    server: str
    database: str
    identity: str  # its UUID
    is_made: bool  # the catalog says that it had a database
    is_settled: bool = True  # no command is changing it
    is_adopted: bool = False  # its database was there before, with whatever name
    is_begun: bool = False  # TENANTS lists it, and a run that was killed has begun to make it
    account: str = ""  # the label of its own account on the server, if it has one


class Tenancy:
    """Without a catalog: a tenant is an alias of DATABASES like any other."""

    has_catalog = False

    @property
    def has_accounts(self) -> bool:
        """Whether each tenant has an account of its own on the server."""
        return False

    def servers(self) -> Mapping[str, tuple[dict[str, Any], list[dict[str, Any]]]]:
        """Returns the further servers of tenants: a direct entry with the account of pages, and its replicas'."""
        return {}

    def places(self, catalog: CursorWrapper | None) -> list[TenantPlace]:
        """Returns the tenants of the catalog, and those of TENANTS that it does not have.

        Args:
            catalog: a cursor in the shared database; None if that is not there yet.
        """
        return []

    def make(self, name: str) -> None:
        """Makes the database of a tenant that TENANTS lists, and its row."""

    def give_account(self, name: str) -> None:
        """Makes what a tenant lacks of its own account."""

    def claim(self, name: str) -> None:
        """Gives a tenant that TENANTS lists a row, for the database that it has."""


_source: Callable[[], Tenancy] = cache(Tenancy)


def register(source: Callable[[], Tenancy]) -> None:
    """Called by ``tenants`` when its app is ready. ``source`` makes it when a command asks for it."""
    global _source
    _source = cache(source)


def tenancy() -> Tenancy:
    """Returns the one whose source was registered last."""
    return _source()
