"""What a request costs beside plain Django and its peers, in CPU: python -m benchmarks.request

Thirteen cases on PostgreSQL and MariaDB with a replica, in interleaved rounds, connections kept with health checks by
all. ``tenant`` is a tenant that DATABASES lists, ``catalog`` one of the catalog, ``alone`` the tenant's project without a
reader, ``placed`` one whose models derive from Django's and are the tenants' by TENANT_APPS. A run has forty rounds and
processes of its own, and its median of the rounds' ratios; judged is the median of five runs. Behind each stands the
ratio of the cheapest tenth of all rounds. --short is three rounds, on PostgreSQL, of the engine alone.
"""

import importlib.util
import itertools
import json
import random
import subprocess
import sys
from contextlib import ExitStack
from math import nan
from pathlib import Path
from statistics import median
from typing import Any

from tests.commands import environment
from tests.rendering import ROOT
from tests.servers import MariaDB, Postgres, workplace

from .frame import Verdicts, create_databases, inside, projects, short

# How many requests a round has, and the most that the tenant's may cost: see the table in README.md.
CASES = {
    "empty": (60, 1.45),
    "get": (30, 1.40),
    "get_after_write": (25, 1.45),
    "gets": (4, 1.20),
    "rows": (10, 1.25),
    "create": (25, 1.90),
    "save": (15, 1.65),
    "bulk": (1, 1.25),
    "prefetch": (2, 1.20),
    "login_get": (20, 1.28),
    "form": (12, 1.35),
    "stream": (30, 1.50),
    "asgi_empty": (15, 0),
    "asgi_get": (12, 0),
}
WRITES = {"create", "save", "bulk", "form"}
OURS = {"simple": "simple", "replica": "replica", "tenant": "tenant"}
OURS |= {"catalog": "tenant", "alone": "tenant", "placed": "tenant"}
PEERS = {"getattr": "", "multidb": "multidb", "djt": "django_tenants"}
PEERS |= {"isolated": "django_isolated_tenants"}
RUNS, ROUNDS = 5, 40  # in each run all kinds have new processes
ON_POSTGRESQL = {"djt", "isolated"}  # alone
NO_ASGI = {"isolated"}  # Django can't await its middleware
SERVERS: dict[str, Any] = {"postgresql": Postgres, "mysql": MariaDB}


class Worker:
    """A process that serves the cases of one kind."""

    def __init__(self, kind: str, env: dict[str, str], log: Path) -> None:
        self.kind, self.log = kind, log
        script = Path(__file__).parent / "inside/cases/worker.py"
        self.process = subprocess.Popen(
            [sys.executable, str(script)],
            env=environment(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log.open("w"),
            text=True,
        )
        self._answer()

    def cost(self, case: str, requests: int) -> float:
        """In µs of CPU per request."""
        assert self.process.stdin
        self.process.stdin.write(f"{case} {requests}\n")
        self.process.stdin.flush()
        return float(json.loads(self._answer()))

    def _answer(self) -> str:
        assert self.process.stdout
        if not (line := self.process.stdout.readline()):
            sys.exit(f"{self.kind}: {self.log.read_text()[-2000:]}")
        return line

    def end(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def env_of(kind: str, engine: str, server: Any, project: Path | None) -> dict[str, str]:
    tenants = {"tenant", "alone", "placed", "djt", "isolated"}
    env = {
        **server.environment(),
        "KIND": OURS.get(kind, kind),
        "DATABASE_ENGINE": engine,
        "DATABASE_READER_PORT": str(server.replica.port),
        "BENCH_HOST": f"{'cat' if kind == 'catalog' else 'acme' if kind in tenants else ''}.localhost".strip(
            "."
        ),
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "benchmarks.inside.cases.settings_peer",
    }
    if project is not None:
        env |= {
            "DJANGO_SETTINGS_MODULE": "benchmarks.inside.cases.settings_ours",
            "PROJECT_SETTINGS": f"{project.name}.settings.development",
            "PYTHONPATH": f"{project}:{ROOT}",
            "TENANTS": "acme",
        }
        if kind == "placed":
            env["KIND"] = kind
        if kind == "alone":
            del env["DATABASE_READER_PORT"]
    return env


def kinds_for(engine: str, is_short: bool) -> list[str]:
    peers = [
        kind
        for kind, package in PEERS.items()
        if not package or importlib.util.find_spec(package)
        if kind not in ON_POSTGRESQL or engine == "postgresql"
    ]
    return ["plain", "tenant"] if is_short else ["plain", *peers, *OURS]


def measure(
    engine: str, kinds: list[str], cases: list[str], runs: int, rounds: int
) -> dict[str, dict[str, list[list[float]]]]:
    """µs of each round, by case, kind and run."""
    with ExitStack() as stack:
        rendered = stack.enter_context(projects())
        folder = stack.enter_context(workplace())
        server = stack.enter_context(SERVERS[engine](folder))
        stack.enter_context(server.standby())
        answers = {"database_engine": engine, "legacy_models": "n", "tenants": "acme"}
        made: dict[str, Path] = {}
        envs: dict[str, dict[str, str]] = {}
        for kind in kinds:
            router = OURS.get(kind)
            if router and router not in made:
                slug = f"bench_{router}"
                made[router] = rendered(router=router, project_slug=slug, **answers)
                create_databases(server, slug)
                if router == "tenant":
                    create_databases(server, f"{slug}_acme", f"{slug}_cat")
            elif not router:
                create_databases(server, f"bench_{kind}")
                if kind == "isolated":
                    create_databases(server, "bench_isolated_acme")
            envs[kind] = env_of(kind, engine, server, made.get(router or ""))
            if kind == (router or kind):
                inside(made.get(router or "", ROOT), "cases/prepare.py", envs[kind])
        server.replica.catch_up()
        found: dict[str, dict[str, list[list[float]]]] = {
            case: {kind: [] for kind in kinds} for case in cases
        }
        # A process keeps what it was lucky with, such as its place in the caches of a processor: several have a turn.
        for _ in range(runs):
            workers = [Worker(kind, envs[kind], Path(folder, f"{kind}.log")) for kind in kinds]
            for kind, case in itertools.product(kinds, cases):
                if _serves(kind, case):
                    found[case][kind].append([])
            for number in range(rounds + 1):
                for case in cases:
                    # In another order each time: the one behind a heavy one would always be the slower.
                    served = [each for each in workers if _serves(each.kind, case)]
                    for worker in random.sample(served, len(served)):
                        cost = worker.cost(case, CASES[case][0])
                        if number:  # the first is to get warm
                            found[case][worker.kind][-1].append(cost)
            for worker in workers:
                worker.end()
        return found


def _serves(kind: str, case: str) -> bool:
    return not (kind in NO_ASGI and case.startswith("asgi"))


def ratio(found: dict[str, list[list[float]]], kind: str, to: str = "plain") -> float:
    runs = [
        median(ours / theirs for ours, theirs in zip(*both, strict=True))
        for both in zip(found[kind], found[to], strict=False)
    ]
    return median(runs) if runs else nan


def least(found: dict[str, list[list[float]]], kind: str) -> float:
    """The same of the cheapest tenth of the rounds: what other work on the machine adds is not in it."""
    ours, theirs = (
        median(costs[: len(costs) // 10 + 2]) if costs else nan
        for costs in (sorted(itertools.chain(*found[each])) for each in (kind, "plain"))
    )
    return ours / theirs


def main() -> None:
    is_short = short(__doc__)
    verdicts = Verdicts()
    for engine in ["postgresql"] if is_short else SERVERS:
        kinds = kinds_for(engine, is_short)
        found = measure(engine, kinds, list(CASES), *((1, 3) if is_short else (RUNS, ROUNDS)))
        print(f"\n| {engine} (plain, µs) | {' | '.join(kinds[1:])} |")
        print(f"|{' --- |' * len(kinds)}")
        for case, costs in found.items():
            both = ((ratio(costs, kind), least(costs, kind)) for kind in kinds[1:])  # or nan
            cells = " | ".join(f"{middle:.2f} {lowest:.2f}" for middle, lowest in both)
            print(f"| {case} ({min(map(min, costs['plain'])):.0f}) | {cells} |", flush=True)
        slack = 1.3 if is_short else 1.05
        for case, (_, bound) in CASES.items():
            if bound:
                what = f"{engine}, {case}: a tenant's, of plain Django's CPU"
                verdicts.judge(what, ratio(found[case], "tenant"), "at most", bound * slack)
                if "placed" in kinds:
                    what = f"{engine}, {case}: of models that TENANT_APPS places"
                    verdicts.judge(what, ratio(found[case], "placed"), "at most", bound * slack)
            if case == "create" and "alone" in kinds:
                what = f"{engine}, create: a tenant's without a reader, of plain Django's CPU"
                verdicts.judge(what, ratio(found[case], "alone"), "at most", 1.55 * slack)
            if "replica" in kinds and not case.startswith("asgi"):
                bound = 1.45 if case in WRITES else 1.15
                what = f"{engine}, {case}: router replica, of plain Django's CPU"
                verdicts.judge(what, ratio(found[case], "replica"), "at most", bound * slack)
            if "simple" in kinds and case != "empty":
                what = f"{engine}, {case}: router simple, of a getattr router's CPU"
                verdicts.judge(what, ratio(found[case], "simple", "getattr"), "at most", 1.05)
    verdicts.end()


if __name__ == "__main__":
    main()
