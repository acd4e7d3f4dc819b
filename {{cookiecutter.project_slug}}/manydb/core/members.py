"""The members of the fleet: the tenants that ``DATABASES`` lists, or those of the catalog where there is one.

``tenants`` registers the catalog when its app is ready; without it there is nothing to note about a member.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from manydb.core.migrated_aliases import tenants_aliases


@dataclass(frozen=True, slots=True)
class Member:
    """A database; ``why_not`` says why it must be left alone now, if it must. A shared one has no name."""

    alias: str
    why_not: str = ""
    name: str = ""
    fingerprint: str = ""


class Members:
    """Those that ``DATABASES`` lists. The state of each is in its own database, so nothing is noted here."""

    def members(self) -> Iterator[Member]:
        """Every tenant, in the order of ``DATABASES``."""
        return (Member(alias) for alias in tenants_aliases())

    def member(self, alias: str) -> Member | None:
        """The tenant of this alias."""
        return next((found for found in self.members() if found.alias == alias), None)

    def count(self) -> int:
        """About how many there are, for a progress bar."""
        return len(tenants_aliases())

    def locked(self, member: Member, wait: float) -> AbstractContextManager[None]:
        """Locks a tenant against other commands while the block runs, after at most ``wait`` seconds."""
        return nullcontext()

    def finish(self, member: Member, migrated: bool, error: str) -> None:
        """Records the result of migrating a member."""

    def started(self) -> list[str]:
        """Returns the aliases of tenants that a run is migrating, or was migrating when it was killed."""
        return []


_source = Members()


def register(source: Members) -> None:
    """Called by ``tenants`` when its app is ready."""
    global _source
    _source = source


def fleet() -> Members:
    """The source of members that was registered last."""
    return _source
