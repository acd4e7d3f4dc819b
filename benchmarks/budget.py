"""The budget of open connections in a process, without a pooler: python -m benchmarks.budget

8 threads serve 1,000 tenants on a real PostgreSQL, one query a request, 60 seconds in all, with 100
connections at most and with CONN_MAX_AGE 0. The server is asked ten times a second how many are open.
"""

from tests.servers import Postgres, workplace

from .frame import Verdicts, inside, on_server, projects, short

LIMIT = 100


def main() -> None:
    is_short = short(__doc__)
    seconds, repeats, tenants, databases = (2, 1, 300, 30) if is_short else (8, 2, 1000, 100)
    verdicts = Verdicts()
    with projects() as rendered, workplace() as folder, Postgres(folder) as server:
        project = rendered(database_engine="postgresql", router="tenant")
        for number in range(databases):
            server.sql(f"create database bench_{number} owner {server.user} strategy file_copy")
        server.sql(f"create database my_project owner {server.user}")
        env = on_server(project, server)
        inside(project, "catalog.py", env, tenants, databases)
        for traffic, bound in {"roundrobin": 1, "zipf": 2}.items():
            runs = []
            for _ in range(repeats):  # in turns, so that other load falls on both
                without = inside(project, "budget.py", env, seconds, LIMIT, 0, traffic)
                runs.append(
                    (inside(project, "budget.py", env, seconds, LIMIT, 60, traffic), without)
                )
            kept, closed = (max(run["rate"] for run in side) for side in zip(*runs, strict=True))
            what = f"{traffic} within the budget, of the rate with CONN_MAX_AGE 0"
            detail = f"{kept:.0f} and {closed:.0f} requests/s"
            verdicts.judge(what, kept / closed, "at least", bound, detail)
            most = max(run["most"] for run, _ in runs)
            verdicts.judge("most open at once, of the budget", most / LIMIT, "at most", 1)
            errors = [error for run, _ in runs for error in run["errors"]]
            verdicts.judge("errors", len(errors), "at most", 0, " ".join(errors[:3]))
    verdicts.end()


if __name__ == "__main__":
    main()
