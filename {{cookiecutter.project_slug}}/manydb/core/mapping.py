"""The class of ``DATABASES``: a dict that also finds the databases of tenants that it does not list."""

from collections.abc import Callable
from typing import Any, Protocol

Entry = dict[str, Any]


class Source(Protocol):
    """Where the databases of tenants are looked up that no setting lists."""

    def current(self, alias: str, listed: Entry | None) -> Entry | None:
        """What a new connection of this alias has to use; None for an unknown alias."""

    def recent(self, alias: str, listed: Entry | None) -> Entry | None:
        """What ``current`` returns; the answer may be a second old, because routers ask for every query."""

    def forget(self) -> None:
        """Looks every tenant up again, after a change in the catalog."""


class Databases(dict[str, Entry]):
    """The listed aliases; once ``tenants`` has set ``source``, every other tenant of the catalog is found as well.

    ``databases[alias]``, ``databases.get(alias)`` and ``alias in databases`` agree with each other: they find what is
    listed and every tenant of the catalog. ``iter``, ``len``, ``keys``, ``values`` and ``items`` agree with each
    other: they give what is listed, as a plain dict does. The two differ by the tenants of the catalog, because
    Django walks all aliases several times in each request, and thousands of them would cost more than the request.

    ``databases[alias]`` gives for a listed alias what is listed. Its tenant may have moved: ``current(alias)`` gives
    what a new connection has to use.

    ``prefix`` begins the names of the project's databases; ``connect`` gives the settings of one connection.
    """

    source: Source | None = None
    # What ``default`` is if it is the active tenant's database; it is found then, and not listed.
    default_entry: Callable[[], Entry] | None = None

    def __init__(self, connect: Callable[..., Any], prefix: str = "") -> None:
        super().__init__()
        self.connect = connect
        self.prefix = prefix
        # What others have made of its entries, for a second or until they change: by alias, with the end of that second.
        self.derived: dict[str, tuple[float, str]] = {}
        self.own: dict[str, Entry] = {}  # by alias: what differs for a tenant where it is listed

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

    def recent(self, alias: str) -> Entry | None:
        """What ``current`` returned within the last second; raises what it does."""
        listed = dict.get(self, alias)
        if self.source is None or (listed is not None and not listed.get("TENANT")):
            return listed
        return self.source.recent(alias, listed)

    def forget(self) -> None:
        """Looks every tenant up again, after a change in the catalog."""
        self.derived.clear()
        if self.source is not None:
            self.source.forget()

    def __missing__(self, alias: str) -> Entry:
        if alias == "default" and self.default_entry is not None:
            return self.default_entry()
        entry = self.source.recent(alias, None) if self.source is not None else None
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
