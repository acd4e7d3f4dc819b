"""What kind of mapping ``DATABASES`` is: one that knows any tenant of the catalog when it is asked for.

Django walks all aliases three times per request, so that thousands of them would cost more than the
request. Walked are only those that are listed or that this thread has open: Django closes what
grew too old as ever, and nothing is ever added to a dict that another thread may be walking.
"""

from collections.abc import Callable, Iterator
from functools import cache
from threading import Lock
from time import monotonic
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from django.apps import apps

from manydb.core import mapping

if TYPE_CHECKING:
    from manydb.tenants.records import TenantRecord

Entry = dict[str, Any]
_SIZE = 10_000  # entries kept; one that is not is built anew
_TRUSTED = 1.0  # seconds for which the catalog's cache, which has its own time, is not asked again


class CatalogDatabases(mapping.Databases):
    """The listed aliases and, when asked for, ``NAME`` and ``NAME_RO`` of every tenant in the catalog."""

    def __init__(self, connect: Callable[..., Entry], prefix: str = "") -> None:
        super().__init__(connect, prefix)
        self._built: dict[str, tuple[TenantRecord, Entry]] = {}
        self._lock = Lock()
        self._found: dict[
            str, tuple[float, Entry]
        ] = {}  # and until when that need not be asked again
        self._changes = 0

    def current(self, alias: str) -> Entry | None:
        """What a new connection of this alias has to use; None for an alias of nobody.

        For a tenant the catalog is asked. Its row wins over what is listed: the tenant may have moved.

        Raises:
            SynchronousOnlyOperation: in an event loop, if the catalog was not asked lately.
            ImproperlyConfigured: the row names a server that TENANT_SERVERS does not have.
        """
        listed = dict.get(self, alias)
        if not apps.ready or (listed is not None and not listed.get("TENANT")):
            return listed
        record = _tenants().catalog.find_by_alias(alias)
        if record is None or (listed is not None and record.is_where_listed):
            return listed
        return self._entry_of(record, alias)

    def _entry_of(self, record: "TenantRecord", alias: str) -> Entry | None:
        known = self._built.get(alias)
        if known is not None and known[0].place == record.place:
            return known[1]
        built = _tenants().servers.entries(record, self.connect)
        with self._lock:
            while len(self._built) > _SIZE:
                del self._built[next(iter(self._built))]
            self._built.update({name: (record, entry) for name, entry in built.items()})
        return built.get(alias)

    def __missing__(self, alias: str) -> Entry:
        found = self._found.get(alias)  # routers come here for every query
        if found is not None and monotonic() < found[0]:
            return found[1]
        changes = self._changes
        if (entry := self.current(alias)) is None:
            raise KeyError(alias)
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

    def get(self, alias: str, default: Any = None) -> Any:
        try:
            return self[alias]
        except KeyError:
            return default

    def __contains__(self, alias: object) -> bool:
        return self.get(str(alias)) is not None

    def _walked(self) -> dict[str, Entry]:
        walked = dict(dict.items(self))  # copy() would ask keys()
        if apps.ready and (more := _tenants().handler.open_here()):
            walked = {**more, **walked}
        return walked

    def __iter__(self) -> Iterator[str]:
        return iter(self._walked())

    def __len__(self) -> int:
        return len(self._walked())

    def keys(self) -> Any:
        return self._walked().keys()

    def values(self) -> Any:
        return self._walked().values()

    def items(self) -> Any:
        """The same; of the tenants' databases only the active tenant's primary has ATOMIC_REQUESTS.

        Django asks here whose transactions to open around a view, and would open every tenant's.
        """
        walked = self._walked()
        active = ((apps.ready and _tenants().context.current_tenant()) or "").upper()
        if active and (entry := self.get(active)):
            walked[active] = entry
        for alias, entry in walked.items():
            if entry.get("ATOMIC_REQUESTS") and entry.get("TENANT") and alias != active:
                walked[alias] = {**entry, "ATOMIC_REQUESTS": False}
        return walked.items()


class _Tenants(NamedTuple):
    catalog: ModuleType
    context: ModuleType
    handler: ModuleType
    servers: ModuleType


@cache
def _tenants() -> _Tenants:
    # They import the settings, or models, which are made after DATABASES.
    from manydb.tenants import catalog, context, handler, servers

    return _Tenants(catalog, context, handler, servers)
