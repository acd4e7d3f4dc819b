"""Many tenants in one process, beside a naive router without a guard: python -m benchmarks.turns

Sixty tenants have a request in turn, then 8 threads serve forty of them at random; each request has one query, on a real
PostgreSQL. The peer is the least that a router for tenants can be: a context variable, a router and a middleware, in a
plain Django project whose DATABASES lists them all. Ours are of the catalog. Rounds are interleaved.
"""

from pathlib import Path
from statistics import median

from tests.servers import Postgres, workplace

from .frame import Verdicts, create_databases, inside, projects, short
from .request import Worker, env_of

KINDS = ("naive", "catalog")


def main() -> None:
    is_short = short(__doc__)
    tenants, rounds, runs = (12, 3, 1) if is_short else (60, 20, 3)
    names = [f"t{number}" for number in range(tenants)]
    found: dict[str, list[float]] = {"turns": [], "threads": []}
    with (
        projects() as rendered,
        workplace() as folder,
        # The naive router keeps a connection of each thread to each tenant.
        Postgres(folder, settings={"max_connections": "700"}) as server,
        server.standby(),
    ):
        slug = "bench_tenant"
        project = rendered(
            router="tenant",
            project_slug=slug,
            database_engine="postgresql",
            legacy_models="n",
            tenants="acme",
        )
        create_databases(server, slug, f"{slug}_acme", "bench_naive")
        create_databases(
            server, *(f"{owner}_{n}" for owner in ("bench_naive", slug) for n in names)
        )
        envs = {}
        for kind in KINDS:
            at = project if kind == "catalog" else None
            envs[kind] = env_of(kind, "postgresql", server, at)
            envs[kind] |= {"BENCH_TENANTS": ",".join(names), "BENCH_HOST": "t0.localhost"}
            # As the peer: the reader is for the other benchmark.
            envs[kind].pop("DATABASE_READER_PORT")
            inside(project, "cases/prepare.py", envs[kind])
        for _ in range(runs):
            workers = {
                kind: Worker(kind, envs[kind], Path(folder, f"{kind}.log")) for kind in KINDS
            }
            for number in range(rounds + 1):
                for case, requests in {"turns": 4 * tenants, "threads": 400}.items():
                    naive, ours = (workers[kind].cost(case, requests) for kind in KINDS)
                    if number:  # the first is to get warm
                        found[case].append(ours / naive)
            for worker in workers.values():
                worker.end()
    verdicts = Verdicts()
    what = f"CPU of a request, {tenants} tenants in turn, of a naive router's"
    verdicts.judge(what, median(found["turns"]), "at most", 1)
    what = f"CPU of a request, 8 threads over {tenants * 2 // 3} tenants, of a naive router's"
    verdicts.judge(what, median(found["threads"]), "at most", 1)
    verdicts.end()


if __name__ == "__main__":
    main()
