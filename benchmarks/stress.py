"""Registration under stress: python -m benchmarks.stress

8 threads register tenants, serve them in plain queries, transactions and streams, evict their connections
and walk DATABASES, 30 seconds long on a real PostgreSQL. Each use checks that it is on its own database.
"""

from tests.servers import Postgres, workplace

from .frame import Verdicts, create_databases, inside, on_server, projects, short

LIMIT, DATABASES = 4, 10  # fewer than threads: some have to wait


def main() -> None:
    seconds = 3 if short(__doc__) else 30
    verdicts = Verdicts()
    with projects() as rendered, workplace() as folder, Postgres(folder) as server:
        project = rendered(database_engine="postgresql", router="tenant")
        create_databases(server, "my_project", *(f"bench_{n}" for n in range(DATABASES)))
        env = on_server(project, server)
        inside(project, "catalog.py", env, 100, DATABASES)
        found = inside(project, "stress.py", env, seconds, LIMIT, DATABASES)
        detail = " ".join(found["errors"]) or str(found["done"])
        verdicts.judge("exceptions", found["failed"], "at most", 0, detail)
        verdicts.judge("most open at once, of the budget", found["most"] / LIMIT, "at most", 1)
    verdicts.end()


if __name__ == "__main__":
    main()
