"""What a router costs per query, beside one that reads a class attribute: python -m benchmarks.router_cost

Both are asked in turns, as Django asks, in the processor's time of the thread; the median of the differences
counts. A request that has chosen its replica, and code outside of requests.
"""

from .frame import Verdicts, inside, on_sqlite, projects, short

MOST = 1000  # nanoseconds


def main() -> None:
    rounds = 21 if short(__doc__) else 201
    verdicts = Verdicts()
    with projects() as rendered:
        for router in ("replica", "tenant"):
            project = rendered(router=router)
            costs = inside(project, "router_cost.py", on_sqlite(project), rounds)
            for what, (plain, ours, more) in costs.items():
                detail = f"{ours:.0f} ns; {plain:.0f} ns for a class attribute"
                verdicts.judge(f"{router}, {what}, ns more", more, "at most", MOST, detail)
    verdicts.end()


if __name__ == "__main__":
    main()
