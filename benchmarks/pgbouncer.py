"""100 tenants behind the PgBouncer preset: python -m benchmarks.pgbouncer

5 worker processes serve tenants at random, one query a request, through deploy/pgbouncer/pgbouncer.ini, whose
max_user_connections is set to 120 for 100 tenants (and TLS left out, on both sides). Compared with persistent
connections straight to PostgreSQL, one per process and tenant, as Django keeps them for aliases in DATABASES.
What this project does without a pooler is printed, too: it has no aliases to walk, and no pooler that takes
its part of the processors.
"""

import configparser
import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from tests.commands import environment
from tests.rendering import ROOT
from tests.servers import PgBouncer, Postgres, workplace

from .frame import INSIDE, Verdicts, create_databases, inside, on_server, projects, short

TENANTS, WORKERS = 100, 5
COUNT = "select count(*) from pg_stat_activity where datname like 'bench\\_%'"


def preset(project: Path) -> dict[str, str]:
    """The settings of the project's PgBouncer that say how it pools."""
    ini = configparser.ConfigParser()
    ini.read(project / "deploy" / "pgbouncer" / "pgbouncer.ini")
    names = ("pool_mode", "default_pool_size", "min_pool_size", "server_idle_timeout")
    waits = ("max_client_conn", "query_wait_timeout", "server_login_retry")
    pooling = {name: ini["pgbouncer"][name] for name in (*names, *waits)}
    return pooling | {"max_user_connections": "120"}


def serve(
    project: Path, env: dict[str, str], seconds: float, server: Postgres, *options: str
) -> tuple[float, int]:
    """Requests per second of all workers, and the server connections that they take."""
    server.wait_until(lambda: server.sql(COUNT) == "0", "without clients")
    command = [sys.executable, str(INSIDE / "worker.py"), str(seconds), *options]
    variables = environment({**env, "PYTHONPATH": f"{project}:{ROOT}"})
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [
        subprocess.Popen(command, cwd=project, env=variables, **pipes)  # type: ignore[call-overload]
        for _ in range(WORKERS)
    ]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("\n")
        worker.stdin.flush()
    counts, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        counts.append(int(server.sql(COUNT)))
        time.sleep(0.5)
    rates = [json.loads(worker.communicate()[0].splitlines()[-1])["rate"] for worker in workers]
    return sum(rates), max(counts)


def main() -> None:
    seconds, repeats = (2, 1) if short(__doc__) else (10, 3)
    verdicts = Verdicts()
    with projects() as rendered, workplace() as folder:
        straight = rendered(database_engine="postgresql", router="tenant")
        pooled = rendered(database_engine="postgresql", router="tenant", pooling="pgbouncer")
        with (
            Postgres(folder, settings={"max_connections": "700"}) as server,
            PgBouncer(folder, server, settings=preset(pooled)) as bouncer,
        ):
            create_databases(server, "my_project", *(f"bench_{n}" for n in range(TENANTS)))
            env = on_server(straight, server, CONN_MAX_AGE="600")
            through = on_server(pooled, bouncer, CONN_MAX_AGE="600")
            inside(straight, "catalog.py", env, TENANTS)
            runs = []
            for _ in range(repeats):  # in turns, so that other load falls on all
                bounced = serve(pooled, through, seconds, server, "ours", str(TENANTS))
                bouncer.sql("reconnect")
                direct = [
                    serve(straight, env, seconds, server, handler) for handler in ("django", "ours")
                ]
                runs.append((bounced, *direct))
            (rate, connections), (djangos, persistent), (ours, _) = (
                tuple(median(column) for column in zip(*side, strict=True))
                for side in zip(*runs, strict=True)
            )
            what = "requests/s through the preset, of Django's direct persistent connections'"
            detail = f"{rate:.0f} and {djangos:.0f}"
            verdicts.judge(what, rate / djangos, "at least", 1, detail)
            print(f"       of this project's without a pooler: {rate / ours:.2f}  {ours:.0f}")
            what = "server connections through the preset, of direct persistent ones"
            detail = f"{connections:.0f} and {persistent:.0f}"
            verdicts.judge(what, connections / persistent, "at most", 0.25, detail)
    verdicts.end()


if __name__ == "__main__":
    main()
