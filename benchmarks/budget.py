"""The budget of open connections in a process, without a pooler: python -m benchmarks.budget

8 threads serve 1,000 tenants on a real PostgreSQL, one query a request, with 100 connections at most and with
CONN_MAX_AGE 0, in turns of 6 seconds, a minute for each kind of traffic; each turn begins when 2,000 requests
are served. Twice a second the server is asked how many connections are open.
"""

from statistics import median

from tests.servers import Postgres, workplace

from .frame import Verdicts, create_databases, inside, on_server, projects, short

LIMIT = 100


def main() -> None:
    is_short = short(__doc__)
    seconds, pairs, tenants, databases = (2, 1, 300, 30) if is_short else (6, 5, 1000, 100)
    verdicts = Verdicts()
    with projects() as rendered, workplace() as folder, Postgres(folder) as server:
        project = rendered(database_engine="postgresql", router="tenant")
        create_databases(server, "my_project", *(f"bench_{n}" for n in range(databases)))
        env = on_server(project, server)
        inside(project, "catalog.py", env, tenants, databases)
        # Where more tenants take turns than there is room for, each connection is closed before its next turn.
        for traffic, bound in {"roundrobin": 0.95, "zipf": 2}.items():
            runs = []
            for seed in range(pairs):  # in turns, so that other load falls on both
                closed, kept = (
                    inside(project, "budget.py", env, seconds, LIMIT, max_age, traffic, seed)
                    for max_age in (0, 60)
                )
                runs.append((kept, closed))
            ratio = median(kept["rate"] / closed["rate"] for kept, closed in runs)
            rates = (median(run["rate"] for run in side) for side in zip(*runs, strict=True))
            what = f"{traffic} within the budget, of the rate with CONN_MAX_AGE 0"
            detail = "{:.0f} and {:.0f} requests/s".format(*rates)
            verdicts.judge(what, ratio, "at least", bound, detail)
            most = max(run["most"] for run, _ in runs)
            verdicts.judge("most open at once, of the budget", most / LIMIT, "at most", 1)
            errors = [error for pair in runs for run in pair for error in run["errors"]]
            failed = sum(run["failed"] for pair in runs for run in pair)
            verdicts.judge("errors", failed, "at most", 0, " ".join(errors[:3]))
    verdicts.end()


if __name__ == "__main__":
    main()
