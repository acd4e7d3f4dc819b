"""A suite's run without a router beside those with ours: what fails by our doing."""

from dataclasses import dataclass, field

from .outcomes import Outcome, added
from .suites import Suite


@dataclass
class Comparison:
    suite: Suite
    without: Outcome
    with_router: dict[str, Outcome]
    unexplained: list[str] = field(default_factory=list)
    allowed: dict[tuple[str, str], list[str]] = field(default_factory=dict)  # by router and reason
    not_run: list[str] = field(default_factory=list)

    @property
    def is_fine(self) -> bool:
        return not (self.unexplained or self.not_run)


def compare(suite: Suite, without: Outcome, with_router: dict[str, Outcome]) -> Comparison:
    """Looks at every difference; one that suites.toml allows must be there, or its row is out of date."""
    found = Comparison(suite, without, with_router)
    if without.left_out:
        return found
    if without.not_run:
        found.not_run.append(f"{suite.name}, without a router: {without.not_run}")
        return found
    for router, outcome in with_router.items():
        where = f"{suite.name}, {router}"
        if outcome.not_run:
            found.not_run.append(f"{where}: {outcome.not_run}")
            continue
        for test in filter(suite.is_steady, added(without, outcome)):
            if reason := suite.reason_for(test, router):
                found.allowed.setdefault((router, reason), []).append(test)
            else:
                found.unexplained.append(f"{where}: {test} fails")
        if (outcome.tests, outcome.skipped) != (without.tests, without.skipped):
            found.unexplained.append(
                f"{where}: {outcome.tests} tests ran and {outcome.skipped} were skipped, "
                f"without a router {without.tests} and {without.skipped}"
            )
        for each in suite.allowed:
            if router in each.routers and (router, each.reason) not in found.allowed:
                found.unexplained.append(f"{where}: {each.tests} passes; remove its row")
    return found
