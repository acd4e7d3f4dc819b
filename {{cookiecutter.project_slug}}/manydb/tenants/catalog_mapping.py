"""Where ``DATABASES`` finds a tenant that it does not list: in the catalog."""

from threading import Lock
from time import monotonic
from typing import Any

from django.apps import apps
from django.db import connections

from manydb.core.mapping import Databases
from manydb.tenants import catalog, context, handler, servers
from manydb.tenants.records import TenantRecord

Entry = dict[str, Any]
_SIZE = 10_000  # entries kept; one that is not is built anew
_TRUSTED = 1.0  # seconds for which the catalog's cache, which has its own time, is not asked again


class CatalogSource:
    """The entries of the catalog's tenants, each built once for as long as the tenant stays where it is."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._built: dict[str, tuple[TenantRecord, Entry]] = {}
        self._lock = Lock()
        self._found: dict[
            str, tuple[float, Entry]
        ] = {}  # and until when that need not be asked again
        self._changes = 0

    def current(self, alias: str, listed: Entry | None) -> Entry | None:
        """What a new connection of this alias has to use, as the tenant's row says; see ``Databases``."""
        record = catalog.find_by_alias(alias) if apps.ready else None
        if record is None or (listed is not None and record.is_where_listed):
            return listed
        return self._entry_of(record, alias)

    def _entry_of(self, record: TenantRecord, alias: str) -> Entry | None:
        known = self._built.get(alias)
        if known is not None and known[0].place == record.place:
            return known[1]
        built = servers.entries(record, self._databases.connect)
        with self._lock:
            while len(self._built) > _SIZE:
                del self._built[next(iter(self._built))]
            self._built.update({name: (record, entry) for name, entry in built.items()})
        return built.get(alias)

    def find(self, alias: str) -> Entry | None:
        """``current`` for an alias that is not listed; routers come here for every query."""
        found = self._found.get(alias)
        if found is not None and monotonic() < found[0]:
            return found[1]
        changes = self._changes
        if (entry := self.current(alias, None)) is None:
            return None
        with self._lock:
            if changes == self._changes:
                if len(self._found) > _SIZE:
                    self._found.clear()
                self._found[alias] = monotonic() + _TRUSTED, entry
        return entry

    def forget(self) -> None:
        """Asks the catalog anew for every tenant, after a change in it."""
        with self._lock:
            self._changes += 1
            self._found.clear()

    def open_here(self) -> dict[str, Entry]:
        """The tenants' aliases that are not listed and that this thread has open, with their settings."""
        return handler.open_here() if apps.ready else {}

    def active(self) -> str:
        """The alias of the active tenant; "" if no tenant is active."""
        return ((apps.ready and context.current_tenant()) or "").upper()


def install() -> None:
    """Lets ``DATABASES`` find the catalog's tenants; called when the app is ready."""
    databases = connections.settings
    if isinstance(databases, Databases):  # if not, a check says what to write in the settings
        databases.source = CatalogSource(databases)
