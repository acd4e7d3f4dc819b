"""The class of ``DATABASES``: a dict that also finds the databases of tenants that it does not list.

Django walks all aliases three times per request, so that thousands of tenants would cost more than the
request. Walked are only the aliases that are listed or that this thread has open: Django closes what
grew too old as ever, and nothing is ever added to a dict that another thread may be walking.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

Entry = dict[str, Any]


class Source(Protocol):
    """Where the databases of tenants are looked up that no setting lists."""

    def current(self, alias: str, listed: Entry | None) -> Entry | None:
        """What a new connection of this alias has to use; None for an unknown alias."""

    def find(self, alias: str) -> Entry | None:
        """What ``current`` returns; the answer may be some moments old, because routers ask for every query."""

    def open_here(self) -> Mapping[str, Entry]:
        """The aliases that are not listed and that this thread has open, with their settings."""

    def active(self) -> str:
        """The alias of the active tenant; "" if no tenant is active."""

    def forget(self) -> None:
        """Looks every tenant up again, after a change in the catalog."""


class Databases(dict[str, Entry]):
    """The listed aliases and, once ``tenants`` has set ``source``, those of every tenant in the catalog.

    ``prefix`` begins the names of the project's databases; ``connect`` gives the settings of one connection.
    """

    source: Source | None = None

    def __init__(self, connect: Callable[..., Any], prefix: str = "") -> None:
        super().__init__()
        self.connect = connect
        self.prefix = prefix

    def current(self, alias: str) -> Entry | None:
        """What a new connection of this alias has to use; None for an unknown alias.

        For a tenant the catalog is asked. Its row wins over what is listed, because the tenant may have moved.

        Raises:
            SynchronousOnlyOperation: in an event loop, if the catalog was not asked lately.
            ImproperlyConfigured: the row names a server that TENANT_SERVERS does not have.
        """
        listed = dict.get(self, alias)
        if self.source is None or (listed is not None and not listed.get("TENANT")):
            return listed
        return self.source.current(alias, listed)

    def forget(self) -> None:
        """Looks every tenant up again, after a change in the catalog."""
        if self.source is not None:
            self.source.forget()

    def __missing__(self, alias: str) -> Entry:
        entry = self.source.find(alias) if self.source is not None else None
        if entry is None:
            raise KeyError(alias)
        return entry

    def get(self, alias: str, default: Any = None) -> Any:
        try:
            return self[alias]
        except KeyError:
            return default

    def __contains__(self, alias: object) -> bool:
        return self.get(str(alias)) is not None

    def _walked(self) -> dict[str, Entry]:
        walked = dict(dict.items(self))  # copy() would ask keys()
        if self.source is not None and (more := self.source.open_here()):
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
        """What ``keys`` and ``values`` have; only the active tenant's primary keeps its ATOMIC_REQUESTS.

        Django asks here whose transactions to open around a view, and would open every tenant's.
        """
        walked = self._walked()
        if self.source is None:
            return walked.items()
        active = self.source.active()
        if active and (entry := self.get(active)):
            walked[active] = entry
        for alias, entry in walked.items():
            if entry.get("ATOMIC_REQUESTS") and entry.get("TENANT") and alias != active:
                walked[alias] = {**entry, "ATOMIC_REQUESTS": False}
        return walked.items()
