"""What the router takes per call: python -m benchmarks.router

bulk_create and prefetch_related call it once or twice a row. The peer is django-multidb-router, which chooses
between a primary and its replicas and knows no tenants. The tenant is one of the catalog, in no list.
"""

from .frame import Verdicts, inside, on_sqlite, projects, short


def main() -> None:
    repeats = 50 if short(__doc__) else 500
    verdicts = Verdicts()
    with projects() as rendered:
        project = rendered(router="tenant")
        env = on_sqlite(project)
        inside(project, "catalog.py", env, 100)
        times = inside(project, "router.py", env, repeats, "t17")
        for name in ("read", "read of an object"):
            ours, theirs = times[f"ours, {name}"], times[f"theirs, {name}"]
            what = f"choosing a database for a {name}, of django-multidb-router's time"
            verdicts.judge(what, ours / theirs, "at most", 1, f"{ours:.0f} and {theirs:.0f} ns")
        ours, theirs = times["ours, write"], times["theirs, write"]
        print(
            f"       for a write: {ours:.0f} ns, and {theirs:.0f} to return a constant as it does"
        )
    verdicts.end()


if __name__ == "__main__":
    main()
