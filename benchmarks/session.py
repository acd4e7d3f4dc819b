"""What it costs that a request finds the session of its connection unchanged: python -m benchmarks.session

A request with one query on both engines: as it is, what the looks at its statement take of that, and
one that changes its session, whose connection is closed and opened anew by the next.
"""

from typing import Any

from tests.servers import MariaDB, Postgres, workplace

from .frame import Verdicts, create_databases, inside, on_server, projects, short

SERVERS: dict[str, Any] = {"postgresql": Postgres, "mysql": MariaDB}


def main() -> None:
    rounds = 5 if short(__doc__) else 40
    verdicts = Verdicts()
    for engine, kind in SERVERS.items():
        with projects() as rendered, workplace() as folder, kind(folder) as server:
            project = rendered(database_engine=engine, router="tenant", legacy_models="n")
            create_databases(server, "my_project", "my_project_acme")
            times = inside(project, "session.py", on_server(project, server), rounds)
            what = f"{engine}: the look at a statement, of the CPU of a request with one query"
            detail = "{look:.2f} and {kept:.0f} µs".format(**times)
            verdicts.judge(what, times["look"] / times["kept"], "at most", 0.02, detail)
            print(f"       one that changes its session: {times['changed']:.0f} µs of time")
            print(f"       as it is, in time: {times['kept, time']:.0f} µs")
    verdicts.end()


if __name__ == "__main__":
    main()
