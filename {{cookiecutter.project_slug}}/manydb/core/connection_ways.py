"""The ways to servers that ``DATABASES`` holds, as the rules for connections look at them."""

from collections.abc import Iterator, Mapping
from typing import Any


class Way:
    """One way to a server: an alias, or what leads past its pooler."""

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self.name = name
        self.settings = settings
        self.options: Mapping[str, Any] = settings.get("OPTIONS") or {}
        self.pooler: str | None = settings.get("POOLER")
        # None keeps a connection for good.
        self.kept: bool = settings.get("CONN_MAX_AGE", 0) != 0

    @property
    def postgresql(self) -> bool:
        return "postg" in str(self.settings.get("ENGINE"))

    def through(self, pooler: str, option: str) -> bool:
        return self.pooler == pooler and bool(self.options.get(option))

    def has_cursors(self, pooler: str) -> bool:
        disabled = self.settings.get("DISABLE_SERVER_SIDE_CURSORS", False)
        return self.pooler == pooler and self.postgresql and not disabled

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
