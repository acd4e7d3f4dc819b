"""One difference between a model and a table, or between two tenants' tables."""

from dataclasses import dataclass

Difference = tuple[str, str, str, str]  # the last four of a Drift


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference: ``what`` the model says, and what is there."""

    alias: str
    table: str
    column: str
    what: str
    model: str
    live: str
