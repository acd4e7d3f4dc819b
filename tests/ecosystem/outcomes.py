"""What a run of a suite came to, and how two runs differ."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

_HEADING = re.compile(r"^={70}\n(FAIL|ERROR|UNEXPECTED SUCCESS): (.+)$", re.MULTILINE)
_RAN = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
_SKIPPED = re.compile(r"^(?:OK|FAILED) \(.*?skipped=(\d+)", re.MULTILINE)


@dataclass
class Outcome:
    """A run: ``failures`` has each failing test, once for each of its subtests."""

    tests: int = 0
    skipped: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0
    not_run: str = ""  # why there is no outcome
    left_out: str = ""  # why there is none, which is no failure


def of_unittest(text: str) -> Outcome:
    """Reads what unittest prints: a script may run several suites, one after another."""
    ran = [int(number) for number in _RAN.findall(text)]
    if not ran:
        return Outcome(not_run=f"it stopped before its tests: {_last_line(text)}")
    skipped = sum(int(number) for number in _SKIPPED.findall(text))
    return Outcome(sum(ran), skipped, Counter(name for _, name in _HEADING.findall(text)))


def of_pytest(report: Path, text: str) -> Outcome:
    """Reads the JUnit XML that pytest wrote, if it came so far."""
    if not report.exists():
        return Outcome(not_run=f"it stopped before its tests: {_last_line(text)}")
    outcome = Outcome()
    for case in ElementTree.parse(report).iter("testcase"):
        outcome.tests += 1
        name = f"{case.get('classname')}::{case.get('name')}"
        outcome.skipped += len(case.findall("skipped"))
        outcome.failures.update({name: len([*case.findall("failure"), *case.findall("error")])})
    outcome.failures = +outcome.failures
    return outcome


def added(without: Outcome, with_router: Outcome) -> list[str]:
    """The tests that fail with the router only, or in more of their subtests."""
    return sorted(with_router.failures - without.failures)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it printed nothing"])[-1]
