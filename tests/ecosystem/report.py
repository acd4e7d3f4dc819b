"""Prints what was found, as Markdown: docs/ecosystem.md has the table of the last whole run."""

from collections.abc import Iterator

from .comparison import Comparison
from .suites import WAYS


def table(found: list[Comparison]) -> Iterator[str]:
    """A row for each suite: how many tests, and how many fail that do not fail without a router."""
    yield f"| suite | version | tests | fail without a router | {' | '.join(WAYS)} |"
    yield "| --- | --- | --- | --- |" + " --- |" * len(WAYS)
    for each in found:
        name, version = each.suite.sdist.split("==")
        label = each.suite.name if each.suite.name.startswith(name) else f"{name} {each.suite.name}"
        tests = "left out" if each.without.left_out else f"{each.without.tests:,}"
        cells = [label, version, tests, sum(each.without.failures.values())]
        cells += [_cell(each, router) for router in WAYS]
        yield f"| {' | '.join(map(str, cells))} |"


def _cell(each: Comparison, router: str) -> str:
    outcome = each.with_router.get(router)
    if outcome is None:
        return "–"
    if outcome.not_run:
        return "not run"
    more = outcome.failures - each.without.failures
    return str(sum(count for test, count in more.items() if each.suite.is_steady(test)))


def what_differs(found: list[Comparison]) -> Iterator[str]:
    """What fails by our doing, what is allowed and why, what did not run, and what was left out."""
    yield from _listed("Not run", [line for each in found for line in each.not_run])
    reasons = [
        f"{each.suite.name}, {router}, {len(tests)} tests: {reason}"
        for each in found
        for (router, reason), tests in each.allowed.items()
    ]
    left_out = [
        f"{each.suite.name}: {each.without.left_out}" for each in found if each.without.left_out
    ]
    yield from _listed("Left out", left_out)
    yield from _listed("Allowed", reasons)
    yield from _listed("Unexplained", [line for each in found for line in each.unexplained])


def _listed(heading: str, lines: list[str]) -> Iterator[str]:
    yield f"{heading}: {len(lines)}"
    yield from (f"  {line}" for line in lines)
