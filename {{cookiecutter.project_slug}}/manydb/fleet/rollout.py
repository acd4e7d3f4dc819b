"""The order of migration: shared databases first, then canaries, then the other tenants."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from django.core.management.base import CommandError

from manydb.core.members import Member, fleet
from manydb.core.migrated_aliases import shared_aliases, tenants_aliases

if TYPE_CHECKING:
    from manydb.fleet.shards import Shard

SOME = 10  # names in an error message


@dataclass(frozen=True, slots=True)
class Stage:
    """Databases that can be migrated at the same time.

    ``total`` is None if their number isn't known. ``started`` are the aliases of tenants that another run is
    migrating, or was migrating when it was killed.
    """

    members: Iterable[Member]
    total: int | None
    of_tenants: bool = True
    if_it_fails: str = ""
    started: Iterable[str] = ()


def stages(only: list[str], canaries: list[str], shard: "Shard | None") -> Iterator[Stage]:
    """Yields the stages in turn. A stage is computed when its turn comes, because the first creates the catalog.

    Every shard starts with the shared databases and the canaries. One shard migrates them, the others wait for
    it, and all stop if it fails.

    Raises:
        CommandError: ``only`` or ``canaries`` name an unknown alias.
    """
    only = [_alias(name) for name in only]
    shared = [Member(alias) for alias in shared_aliases() if not only or alias in only]
    named = [alias for alias in dict.fromkeys(only) if alias not in shared_aliases()]
    tenants = [_known("--only", alias) for alias in named]
    for canary in canaries:
        if only and _alias(canary) not in named and not canary.isdecimal():
            raise CommandError(
                f"--canary: {canary!r} is not a tenant of --only {' '.join(only)}. Name one of these."
            )
    yield Stage(shared, len(shared), of_tenants=False, if_it_fails=" No tenant was touched.")
    first = {
        each.alias: each for each in _canaries(canaries, tenants if only else fleet().members())
    }
    left = " The other tenants were left as they are."
    yield Stage(first.values(), len(first), if_it_fails=left, started=fleet().started())
    rest = (each for each in (tenants if only else fleet().members()) if each.alias not in first)
    total = None if only or (shard and shard.parts > 1) else fleet().count() - len(first)
    yield Stage((each for each in rest if not shard or each.alias in shard), total)


def _canaries(canaries: list[str], tenants: Iterable[Member]) -> Iterator[Member]:
    ready = (each for each in tenants if not each.why_not)
    for canary in canaries:
        if canary.isdecimal():
            yield from islice(ready, int(canary))
        else:
            yield _known("--canary", canary)


def _alias(name: str) -> str:
    """The alias that is meant: a tenant may be named in either case."""
    shared = {alias.lower(): alias for alias in shared_aliases()}
    return shared.get(name.lower()) or (name.upper() if fleet().member(name.upper()) else name)


def _known(option: str, alias: str) -> Member:
    found = fleet().member(_alias(alias))
    if found is None:
        known = [*shared_aliases(), *tenants_aliases()]
        some = ", ".join(known[:SOME]) + (", …" if len(known) > SOME else "")
        raise CommandError(f"{option}: {alias!r} is not a database to migrate. Use one of {some}.")
    return found
