"""The memory of a worker with 10,000 tenants, and what a request costs then: python -m benchmarks.memory

One process serves a page with one query to 300 tenants of a real PostgreSQL, of which 100 keep a connection, and a
page that finds its databases to all others. Then it serves an empty page to a fifth of them in turn, and to all: a
cache that is too small for all would show in that ratio. MB are of 1,048,576 bytes, as ``ps`` and ``top`` have them.
"""

from tests.servers import Postgres, workplace

from .frame import Verdicts, create_databases, inside, on_server, projects, short

MEGABYTES = 90


def main() -> None:
    tenants, databases = (1000, 20) if short(__doc__) else (10_000, 100)
    verdicts = Verdicts()
    with projects() as rendered, workplace() as folder, Postgres(folder) as server:
        project = rendered(database_engine="postgresql", router="tenant", legacy_models="n")
        create_databases(server, "my_project", *(f"bench_{n}" for n in range(databases)))
        env = on_server(project, server, BASE_DOMAIN="shop.example")
        inside(project, "catalog.py", env, tenants, databases)
        found = inside(project, "memory.py", env)
    what = f"MB resident after {tenants:,} tenants, of {MEGABYTES}"
    detail = "{last:.1f} MB, {first:.1f} before the first".format(**found)
    verdicts.judge(what, found["last"] / MEGABYTES, "at most", 1, detail)
    what = f"CPU of an empty page with {tenants:,} tenants in turn, of a fifth of them"
    detail = "{all:.0f} and {few:.0f} µs".format(**found)
    verdicts.judge(what, found["all"] / found["few"], "at most", 1.2, detail)
    verdicts.end()


if __name__ == "__main__":
    main()
