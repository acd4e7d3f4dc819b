"""Who belongs to the fleet: the tenants that ``DATABASES`` lists."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .shared import tenants_aliases


@dataclass(frozen=True, slots=True)
class Member:
    """A database; ``why_not`` says why it must be left alone now, if it must."""

    alias: str
    why_not: str = ""


def members() -> Iterator[Member]:
    """Every tenant, in the order of ``DATABASES``."""
    return (Member(alias) for alias in tenants_aliases())


def member(alias: str) -> Member | None:
    """The tenant of this alias."""
    return next((found for found in members() if found.alias == alias), None)


def count() -> int:
    return len(tenants_aliases())


@contextmanager
def taken(member: Member, wait: float) -> Iterator[None]:
    """Nothing: what was done stands in each database, and the next run asks there."""
    yield


def end(member: Member, migrated: bool, error: str) -> None:
    """Nothing, as ``taken``."""


def begun() -> list[str]:
    """The tenants that a run has begun with and not ended; nobody knows here."""
    return []
