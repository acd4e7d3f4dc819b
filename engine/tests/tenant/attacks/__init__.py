"""A table of attacks: what code may try on the rows of another tenant, and where it may try.

``make`` runs while the other tenant is active, and gets what an attacker may have kept: an object, a queryset, a cursor,
an address. ``use`` gets that while our tenant is active, in each of the places.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from manydb.core.exceptions import WrongTenant

SECRET = "Secret of the other tenant"  # in each of its rows, and in none of ours
OURS = "Ours"
KEY = 4711  # of one row of each table, in both databases

Use = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Attack:
    name: str
    make: Callable[[], Any]
    use: Use  # may be async
    refused: tuple[type[Exception], ...] = (WrongTenant,)
    gives: tuple[object, ...] = ()  # what it may give instead of an error


def attacks(
    what: str,
    make: Callable[[], Any],
    uses: Mapping[str, Use],
    *refused: type[Exception],
    gives: tuple[object, ...] = (),
) -> list[Attack]:
    """A row for each use of one thing."""
    errors = refused or ((WrongTenant,) if not gives else ())
    return [Attack(f"{what}: {name}", make, use, errors, gives) for name, use in uses.items()]


def outcome(attack: Attack, run: Callable[[], object]) -> str:
    """ "refused" or, where the row does not hold, what has come of it."""
    try:
        given = run()
    except attack.refused as error:
        return "leaked " + str(error) if SECRET in str(error) else "refused"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if SECRET in repr(given):
        return f"leaked {given!r}"
    return "refused" if given in attack.gives else f"was allowed, and gave {given!r}"
