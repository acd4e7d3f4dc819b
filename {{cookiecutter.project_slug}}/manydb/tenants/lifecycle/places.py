"""Where a tenant's database is: its name, and the settings of a direct connection."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.utils import load_backend

from manydb.core.direct import direct_entry
from manydb.core.entries import vendor
from manydb.core.placement import shared_alias
from manydb.core.routing import prefix
from manydb.fleet.admin_account import ADMIN, admin_login, as_admin
from manydb.fleet.deployment.server import DatabaseServer
from manydb.fleet.deployment.server_kinds import server_at
from manydb.patches.server_cursors import server_cursor
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.records import TenantRecord
from manydb.tenants.servers import entries

# Keys of the engine in an entry of DATABASES, which a database backend must not get.
_MARKS = {"ROLE", "TENANT", "REPLICAS", "REPLICA_OF", "DIRECT", "POOLER", "SERVER", "PLACE", ADMIN}


def _ours(name: str) -> re.Match[str] | None:
    """Matches the names of this project's databases. Those of tests begin with ``test_``."""
    return re.fullmatch(rf"((?:test_)?{re.escape(prefix())})[a-z0-9_]+", name)


@dataclass(frozen=True, slots=True)
class Place:
    """A database of a tenant on one server. ``settings`` are those of a direct connection to it.

    One ``is_adopted`` that the tenant has brought along: its name need not be one of this project. ``pages`` knows
    the accounts of pages, if they are others than that of ``settings``.

    Raises:
        ProvisioningError: the project gives no database such a name, so it must not be touched.
    """

    alias: str
    settings: dict[str, Any]
    is_adopted: bool = False
    pages: DatabaseServer | None = field(default=None, compare=False)
    has_reader: bool = field(default=False, compare=False)  # replicas have a login of their own
    shared_user: str = field(
        default="", compare=False
    )  # whose pages are, unless tenants have accounts

    @classmethod
    def of(cls, record: TenantRecord, adopted: str = "") -> "Place":
        """Returns the database of a tenant, as its record says."""
        databases: Any = connections.settings
        entry, *replicas = entries(record, databases.connect).values()
        direct = direct_entry(entry)
        settings = {key: value for key, value in as_admin(direct).items() if key not in _MARKS}
        pages = server_at(direct, replicas) if admin_login(direct) else None
        has_reader = any(replica["USER"] != entry["USER"] for replica in replicas)
        is_adopted = record.database == adopted
        return cls(record.alias, settings, is_adopted, pages, has_reader, str(entry["USER"]))

    def __post_init__(self) -> None:
        if not self.is_adopted and not _ours(self.name):
            raise ProvisioningError(
                f"{self.name!r} is not a database of this project's tenants: their names start with "
                f"{prefix()!r}. Correct the tenant's row in the catalog."
            )

    @property
    def file(self) -> Path:
        """The file of a SQLite database."""
        name = str(self.settings["NAME"])
        return Path(url2pathname(urlsplit(name).path) if name.startswith("file:") else name)

    @property
    def name(self) -> str:
        """The name of the database."""
        return self.file.stem if self._is_file else str(self.settings["NAME"])

    @property
    def _is_file(self) -> bool:
        return vendor(self.settings) == "sqlite"

    @property
    def own_name(self) -> str:
        """The name without the project's prefix: "acme" of "shop_acme"."""
        return self.name.removeprefix(self._prefix)

    @property
    def _prefix(self) -> str:
        ours = _ours(self.name)
        return ours[1] if ours else prefix()

    def named(self, name: str) -> "Place":
        """Returns the database of this name on the same server."""
        place = str(self.file.with_name(f"{name}.sqlite3")) if self._is_file else name
        return replace(self, settings={**self.settings, "NAME": place}, is_adopted=False)

    def beside(self, purpose: str) -> "Place":
        """Returns a database for this purpose on the same server. Its name starts with 0, so no tenant has it."""
        return self.named(f"{self._prefix}0{purpose}")

    def open_to_pages(self) -> None:
        """Lets the accounts of pages use the database, if they are others than that of commands."""
        if self.pages is not None:
            self.pages.grant(self.name)

    @contextmanager
    def connect(self) -> Iterator[BaseDatabaseWrapper]:
        """Opens a connection for the block. It is closed at the end, so that it can't block a DROP."""
        connection = self._wrapper()
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def in_its_place(self) -> Iterator[BaseDatabaseWrapper]:
        """Makes ``connections[alias]`` of this thread lead here for the block, so that ``migrate`` works here."""
        with self.connect() as connection:
            before = connections[self.alias]
            connections[self.alias] = connection
            try:
                yield connection
            finally:
                connections[self.alias] = before

    @contextmanager
    def server(self) -> Iterator[CursorWrapper]:
        """Yields a cursor on the server, outside of the tenants' databases."""
        default = connections[shared_alias()]
        if self._is_server_of(default.settings_dict) and not default.in_atomic_block:
            # Connecting takes longer than most statements that are run here.
            with default.cursor() as cursor:
                yield cursor
            return
        with server_cursor(self._wrapper()) as cursor:
            yield cursor

    def _is_server_of(self, settings: dict[str, Any]) -> bool:
        keys = ("ENGINE", "HOST", "PORT", "USER")
        return all(self.settings[key] == settings[key] for key in keys)

    def quoted(self) -> str:
        """Returns the name, quoted for SQL."""
        return self._wrapper().ops.quote_name(self.name)

    def _wrapper(self) -> BaseDatabaseWrapper:
        wrapper: type[BaseDatabaseWrapper] = load_backend(self.settings["ENGINE"]).DatabaseWrapper
        return wrapper(dict(self.settings), self.alias)


@dataclass(frozen=True, slots=True)
class Template:
    """The database that new ones are copies of, and copies that were made ahead (spares)."""

    place: Place
    spares: Iterable[Place] = ()


def owner_of(token: str) -> str:
    """Returns the start of all tokens of one owner: ``tenant_7_`` for ``tenant_7_0``."""
    return token.rpartition("_")[0] + "_"
