"""The servers of the settings, and what is on each of them now."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connections

from manydb.core.direct import direct_entry
from manydb.core.placement import shared_alias
from manydb.core.routing import facts
from manydb.fleet.deployment.server import CannotReach, DatabaseServer
from manydb.fleet.deployment.server_kinds import server_at
from manydb.fleet.deployment.tenancy import tenancy


@dataclass(frozen=True, slots=True)
class Wanted:
    """A database that the settings name. One that is not ``ours`` has tables of other software only."""

    alias: str
    name: str
    server: DatabaseServer
    ours: bool


class Servers:
    """The servers of the settings, each with what is on it, asked for once."""

    def __init__(self) -> None:
        self._by_place: dict[tuple[str, ...], DatabaseServer] = {}
        self._names: dict[DatabaseServer, set[str]] = {}
        self._accounts: dict[DatabaseServer, set[str]] = {}
        self.of_tenants: dict[str, DatabaseServer] = {
            key: self._add(*found) for key, found in tenancy().servers().items()
        }

    def __iter__(self) -> Iterator[DatabaseServer]:
        return iter(self._by_place.values())

    def of_alias(self, alias: str) -> DatabaseServer:
        """Returns the server of an alias of DATABASES."""
        entry = direct_entry(connections.settings[alias])
        replicas = [connections.settings[name] for name in facts(alias).get("REPLICAS", ())]
        return self._add(entry, replicas)

    def _add(
        self, entry: Mapping[str, Any], replicas: Iterable[Mapping[str, Any]]
    ) -> DatabaseServer:
        place = tuple(str(entry.get(key) or "") for key in ("HOST", "PORT", "USER"))
        if place not in self._by_place:
            pages = connections.settings[shared_alias()]
            self._by_place[place] = server_at(entry, replicas, pages)
        return self._by_place[place]

    def there(self, wanted: Iterable[Wanted], known: Mapping[str, str]) -> dict[str, str]:
        """Returns the names of the databases that are there now, by alias, and ``known`` ones of a server that is away."""
        self._names.clear()
        found = {}
        for each in wanted:
            try:
                if each.name in self.names(each.server):
                    found[each.alias] = each.name
            except CannotReach:
                found |= {alias: name for alias, name in known.items() if alias == each.alias}
        return found

    def accounts(self, server: DatabaseServer) -> set[str]:
        """Returns the accounts on a server, ours and others'."""
        if server not in self._accounts:
            with server.session() as cursor:
                self._accounts[server] = server.accounts(cursor)
        return self._accounts[server]

    def names(self, server: DatabaseServer) -> set[str]:
        """Returns the databases on a server. Raises CannotReach."""
        if server not in self._names:
            with server.session() as cursor:
                self._names[server] = server.names(cursor)
        return self._names[server]
