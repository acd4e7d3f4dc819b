"""The ways to servers that ``DATABASES`` holds, as the rules for connections look at them."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings as django_settings
from django.db import connections

from manydb.core import driver_options
from manydb.core.entries import vendor


class Way:
    """One way to a server: an alias, or what leads past its pooler."""

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self.name = name
        self.settings = settings
        self.options: Mapping[str, Any] = settings.get("OPTIONS") or {}
        self.pooler: str | None = settings.get("POOLER")
        self.engine = vendor(settings)
        self._is_known = driver_options.is_known_engine(settings)
        # None keeps a connection for good.
        self.kept: bool = settings.get("CONN_MAX_AGE", 0) != 0

    @property
    def postgresql(self) -> bool:
        return vendor(self.settings) == "postgresql"

    def through(self, pooler: str, option: str) -> bool:
        return self.pooler == pooler and bool(self.options.get(option))

    def has_cursors(self, pooler: str) -> bool:
        disabled = self.settings.get("DISABLE_SERVER_SIDE_CURSORS", False)
        return self.pooler == pooler and self.postgresql and not disabled

    @property
    def unknown_options(self) -> list[str]:
        return driver_options.unknown(self.settings) if self._is_known else []

    @property
    def misplaced_options(self) -> list[str]:
        places = driver_options.PLACES[self.engine] if self._is_known else {}
        return sorted(places.keys() & self.options.keys())

    @property
    def has_a_bad_level(self) -> bool:
        return self._is_known and driver_options.bad_level(self.settings)

    @property
    def has_a_bad_mode(self) -> bool:
        mode = self.options.get("transaction_mode")
        modes = driver_options.TRANSACTION_MODES
        return self.engine == "sqlite" and mode is not None and str(mode).upper() not in modes

    @property
    def bad_in_pool(self) -> list[str]:
        if not (self._is_known and self.postgresql):
            return []
        if driver_options.bad_pool(self.settings):
            return ["neither True nor a dict"]
        unknown = driver_options.unknown_of_pool(self.settings)
        return [f"a dict with {name}, which the pool does not take" for name in unknown]

    @property
    def unknown_in_test(self) -> list[str]:
        return driver_options.unknown_of_test(self.settings) if self._is_known else []

    @property
    def is_kept_by_manydb(self) -> bool:
        """Whether its connections are those of manydb.tenants, which follow a tenant and are shared by threads."""
        finds_tenants = getattr(connections.settings, "source", None) is not None
        return finds_tenants and bool(self.settings.get("TENANT"))

    @property
    def has_a_bad_time_zone(self) -> bool:
        zone = self.settings.get("TIME_ZONE")
        if zone is None:
            return False
        try:
            ZoneInfo(str(zone))
        except (ValueError, OSError, ZoneInfoNotFoundError):
            return True
        return not django_settings.USE_TZ

    @property
    def has_a_time_zone(self) -> bool:
        return self.settings.get("TIME_ZONE") not in (None, "UTC")

    def prepares(self) -> bool:
        return bool(self.options.get("server_side_binding")) or (
            self.options.get("prepare_threshold") is not None
        )


def ways(databases: Mapping[str, Mapping[str, Any]]) -> Iterator[Way]:
    """All of them, in the order of ``DATABASES``."""
    for alias, settings in databases.items():
        yield Way(alias, settings)
        if direct := settings.get("DIRECT"):
            yield Way(f"{alias} past the pooler", {"ENGINE": settings.get("ENGINE")} | direct)
