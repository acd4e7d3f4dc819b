"""The budget of open connections in a process, without a pooler: python -m benchmarks.budget

8 threads serve 1,000 tenants on a real PostgreSQL, one query a request, 60 seconds in all, with 100
connections at most and with CONN_MAX_AGE 0. The server is asked every 10 ms how many are open.
"""

from tests.servers import Postgres, workplace

from .frame import Verdicts, inside, on_server, projects, short

LIMIT = 100


def main() -> None:
    seconds, tenants, databases = (2, 300, 30) if short(__doc__) else (15, 1000, 100)
    verdicts = Verdicts()
    with projects() as rendered, workplace() as folder, Postgres(folder) as server:
        project = rendered(database_engine="postgresql", router="tenant")
        for number in range(databases):
            server.sql(f"create database bench_{number} owner {server.user} strategy file_copy")
        server.sql(f"create database my_project owner {server.user}")
        env = on_server(project, server)
        inside(project, "catalog.py", env, tenants, databases)
        for traffic, bound in {"roundrobin": 1, "zipf": 2}.items():
            without = inside(project, "budget.py", env, seconds, LIMIT, 0, traffic)
            kept = inside(project, "budget.py", env, seconds, LIMIT, 60, traffic)
            rates = f"{kept['rate']:.0f} and {without['rate']:.0f} requests/s"
            what = f"{traffic} within the budget, of the rate with CONN_MAX_AGE 0"
            verdicts.judge(what, kept["rate"] / without["rate"], "at least", bound, rates)
            verdicts.judge("most open at once, of the budget", kept["most"] / LIMIT, "at most", 1)
            verdicts.judge("errors", kept["failed"], "at most", 0, " ".join(kept["errors"]))
    verdicts.end()


if __name__ == "__main__":
    main()
