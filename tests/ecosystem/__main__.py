"""Others' own suites with our routers: ``python -m tests.ecosystem [--folder FOLDER] [SUITE...]``.

Run it by ``scripts/ecosystem``, which makes the environment that it needs.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from .comparison import Comparison, compare
from .outcomes import Outcome
from .report import table, what_differs
from .running import NotGiven, NotObtained, given, obtain, run
from .suites import TABLE, Suite, read


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs others' own test suites with our routers.")
    parser.add_argument("--folder", type=Path, default=Path(".ecosystem"))
    parser.add_argument("--router", action="append", help="only with this router")
    parser.add_argument(
        "--table", type=Path, default=TABLE, help="of suites (default: suites.toml)"
    )
    parser.add_argument("suites", nargs="*", help="only suites whose names begin so")
    options = parser.parse_args()
    chosen = [
        suite
        for suite in read(options.table)
        if not options.suites or suite.name.startswith(tuple(options.suites))
    ]
    if not chosen:
        parser.error("no suite has such a name; they are in tests/ecosystem/*.toml")
    found = list(_each(chosen, options.folder.resolve(), options.router))
    print("\n".join(["", *table(found), "", *what_differs(found)]))
    return 0 if all(each.is_fine for each in found) else 1


def _each(suites: list[Suite], folder: Path, routers: list[str] | None) -> Iterator[Comparison]:
    for suite in suites:
        wanted = [each for each in suite.routers if not routers or each in routers]
        try:
            source = given(suite) if suite.given else obtain(suite, folder / "sources")
        except NotGiven as error:
            yield compare(suite, Outcome(left_out=str(error)), {})
            continue
        except NotObtained as error:
            yield compare(suite, Outcome(not_run=str(error)), {})
            continue
        results = folder / "results"
        without = run(suite, "none", source, results)
        print(f"{suite.name}, no router: {_in_short(without)}", flush=True)
        outcomes = {}
        for router in wanted:
            outcomes[router] = run(suite, router, source, results)
            print(f"{suite.name}, {router}: {_in_short(outcomes[router])}", flush=True)
        yield compare(suite, without, outcomes)


def _in_short(outcome: Outcome) -> str:
    if outcome.not_run:
        return f"not run: {outcome.not_run}"
    failing = sum(outcome.failures.values())
    return f"{outcome.tests} tests, {failing} failures, {outcome.seconds:.0f} s"


if __name__ == "__main__":
    sys.exit(main())
