"""Where ``DATABASES`` finds a tenant that it does not list: in the catalog."""

from threading import Lock
from time import monotonic
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connections

from manydb.core.conf import conf
from manydb.core.mapping import Databases
from manydb.fleet.tenant_logins import has_accounts
from manydb.tenants import catalog, servers
from manydb.tenants.compact_entries import compact
from manydb.tenants.records import TenantRecord

Entry = dict[str, Any]
_SIZE = 20_000  # tenants kept; the entries of others are built again
_MOST_FOUND = 4_000  # aliases; more than a process serves in the second for which each is kept
_TRUSTED = 1.0  # seconds for which the catalog's cache, which has its own time, is not asked again


class _Built(NamedTuple):
    record: TenantRecord
    accounts: bool | None
    entries: dict[str, Entry]  # by alias

    def leads_to(self, record: TenantRecord) -> bool:
        """Whether its connections go to this tenant's database, on its server, with its account."""
        known = self.record
        same = known is record or (known.place, known.uuid) == (record.place, record.uuid)
        return same and self.accounts == conf.TENANT_ACCOUNTS


class CatalogSource:
    """The entries of the catalog's tenants, each built once for as long as the tenant stays where it is."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._built: dict[str, _Built] = {}  # by the tenant's name
        self._found: dict[
            str, tuple[float, Entry]
        ] = {}  # until when the catalog is not asked again
        self._lock = Lock()
        self._changes = 0

    def current(self, alias: str, listed: Entry | None) -> Entry | None:
        """What a new connection of this alias has to use, as the tenant's row says; see ``Databases``."""
        record = catalog.find_by_alias(alias) if apps.ready else None
        if record is None:
            return listed
        if listed is not None and record.is_where_listed and not has_accounts(listed):
            return listed
        return self._entries_of(record).get(alias)

    def _entries_of(self, record: TenantRecord) -> dict[str, Entry]:
        known = self._built.get(record.name)
        if known is None or not known.leads_to(record):
            built = servers.entries_of_pages(record, self._databases.connect)
            entries = {alias: compact(entry) for alias, entry in built.items()}
            known = _Built(record, conf.TENANT_ACCOUNTS, entries)
            with self._lock:
                self._built[record.name] = known
                while len(self._built) > _SIZE:
                    oldest = self._built.pop(next(iter(self._built)))
                    for alias in oldest.entries:
                        self._found.pop(alias, None)
        elif known.record is not record:  # or there would be two of each
            self._built[record.name] = _Built(record, known.accounts, known.entries)
        return known.entries

    def recent(self, alias: str, listed: Entry | None) -> Entry | None:
        """What ``current`` returned within the last second; routers come here for every query."""
        found = self._found.get(alias)
        if found is not None and monotonic() < found[0]:
            return found[1]
        changes = self._changes
        if (entry := self.current(alias, listed)) is None:
            return None
        with self._lock:
            if changes == self._changes:
                if len(self._found) >= _MOST_FOUND:
                    self._found.clear()
                self._found[alias] = monotonic() + _TRUSTED, entry
        return entry

    def forget(self) -> None:
        """Asks the catalog again for every tenant, after a change in it."""
        with self._lock:
            self._changes += 1
            self._found.clear()


def install() -> None:
    """Lets ``DATABASES`` find the catalog's tenants; called when the app is ready."""
    databases = connections.settings
    if not isinstance(databases, Databases):
        return  # a check says what to write in the settings
    if not isinstance(databases.source, CatalogSource):
        databases.source = CatalogSource(databases)
