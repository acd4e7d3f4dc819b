"""The members of the fleet: the tenants that ``DATABASES`` lists or, with ``tenants``, those of the catalog.

``tenants`` registers the catalog when its app is ready.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, NamedTuple

from manydb.core.migrated_aliases import tenants_aliases


class Member(NamedTuple):
    """A database to migrate. ``why_not`` is the reason to skip it now, if any. A shared database has no name."""

    alias: str
    why_not: str = ""
    name: str = ""
    fingerprint: str = ""


class FleetState(NamedTuple):
    """How many tenants are in each state, lack migrations of this release, and had a command that failed."""

    states: dict[str, int]
    outdated: int
    failed: int


class Members:
    """The tenants that ``DATABASES`` lists. Nothing is recorded about them outside of their databases."""

    def members(self) -> Iterator[Member]:
        """Yields every tenant, in the order of ``DATABASES``."""
        return (Member(alias) for alias in tenants_aliases())

    def member(self, alias: str) -> Member | None:
        """Returns the tenant of this alias, or None."""
        return next((found for found in self.members() if found.alias == alias), None)

    def count(self) -> int:
        """Returns the approximate number of tenants, for a progress bar."""
        return len(tenants_aliases())

    def locked(self, member: Member, wait: float) -> AbstractContextManager[None]:
        """Locks a tenant against other commands while the block runs, after at most ``wait`` seconds."""
        return nullcontext()

    def has_identity(self, member: Member, session: Any, error: type[Exception]) -> bool:
        """Whether a database says whose it is, or need not; asked over the driver's connection."""
        return True

    def lost(self, member: Member) -> str:
        """Why a database that has no migrations must not get them; "" for one that never had any."""
        return ""

    def finish(
        self, member: Member, migrated: bool, error: str, *, is_current: bool = True
    ) -> None:
        """Records the result of migrating a member: ``is_current`` says whether it has all migrations now."""

    def started(self) -> list[str]:
        """Returns the aliases of tenants that a run is migrating, or was migrating when it was killed."""
        return []

    def state(self) -> FleetState | None:
        """Returns what is recorded about all tenants together, or None without a catalog."""
        return None


_source: Callable[[], Members] = cache(Members)


def register(source: Callable[[], Members]) -> None:
    """Called by ``tenants`` when its app is ready. ``source`` makes the members when a command asks for them."""
    global _source
    _source = cache(source)


def fleet() -> Members:
    """Returns the members whose source was registered last."""
    return _source()
