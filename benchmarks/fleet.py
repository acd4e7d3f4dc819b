"""Migrating a fleet of tenants: python -m benchmarks.fleet

1. 1,000 tenants that are up to date, on PostgreSQL and on MariaDB: the time of ``migrate_databases`` over
   that of one connection and one SELECT for each, by as many threads in the same process.
2. 40 empty databases on PostgreSQL: the time of the command ``migrate_databases --jobs 2`` over that of
   django-tenants' ``migrate_schemas --executor=multiprocessing``, which has two processes as well, on 40
   empty schemas of the same twelve tables and four migrations.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psycopg

from tests.commands import environment
from tests.rendering import ROOT
from tests.servers import MariaDB, Postgres, workplace

from .frame import Verdicts, create_databases, inside, on_server, package, projects, short

SERVERS = {"postgresql": Postgres, "mysql": MariaDB}
SETTINGS = """
from . import production

globals().update({name: value for name, value in vars(production).items() if name.isupper()})
INSTALLED_APPS = [*production.INSTALLED_APPS, "benchmarks.peers.shop"]
SHOP_BASE = "manydb.models.TenantModel"
"""


def current(verdicts: Verdicts, rendered: Callable[..., Path], sizes: tuple[int, ...]) -> None:
    tenants, databases, rounds = sizes
    for engine, kind in SERVERS.items():
        project = rendered(database_engine=engine, router="tenant")
        with workplace() as folder, kind(folder) as server:
            name = package(project)
            bench = (f"bench_{number}" for number in range(databases))
            create_databases(server, name, f"{name}_acme", *bench)
            env = on_server(project, server)
            inside(project, "catalog.py", env, tenants, databases)
            results = inside(project, "fleet_current.py", env, tenants, databases, rounds, 2, 4)
        for jobs, result in results.items():
            detail = f"{result['ours'] * 1000:.2f} and {result['floor'] * 1000:.2f} ms a tenant"
            what = f"{engine}, {tenants} current tenants, --jobs {jobs}, of the floor"
            verdicts.judge(what, result["ratio"], "at most", 2, detail)


def fresh(verdicts: Verdicts, rendered: Callable[..., Path], tenants: int, rounds: int) -> None:
    project = rendered(database_engine="postgresql", router="tenant")
    name = package(project)
    (project / name / "settings" / "benchmark.py").write_text(SETTINGS)
    with workplace() as folder, Postgres(folder) as server:
        create_databases(server, name, "peer")
        path = {"PYTHONPATH": os.pathsep.join([str(project), str(ROOT)])}
        with_shop = {"DJANGO_SETTINGS_MODULE": f"{name}.settings.benchmark", "TENANTS": ""}
        ours = on_server(project, server) | path | with_shop
        inside(project, "catalog.py", ours, tenants)
        peers = server.environment() | path | {"DJANGO_SETTINGS_MODULE": "benchmarks.peers.schemas"}
        timed(project, peers, "migrate_schemas", "--shared")
        inside(project, "schemas.py", peers, tenants)
        times: list[tuple[float, float]] = []
        for _ in range(rounds):
            empty(server, tenants)
            # As before their first migration: what was migrated and is empty now would be taken for lost.
            execute(
                server,
                name,
                "update manydb_tenants_tenant set fingerprint = '', migrated_at = null",
            )
            mine = timed(project, ours, "migrate_databases", "--jobs", "2")
            theirs = timed(
                project, peers, "migrate_schemas", "--tenant", "--executor=multiprocessing"
            )
            times.append((mine, theirs))
        complete(server, tenants)
    mine, theirs = (median(column) / tenants * 1000 for column in zip(*times, strict=True))
    ratio = median(mine / theirs for mine, theirs in times)
    detail = f"{mine:.0f} and {theirs:.0f} ms a tenant"
    verdicts.judge(f"{tenants} fresh tenants, of django-tenants", ratio, "at most", 1, detail)


def timed(project: Path, env: dict[str, str], *command: str) -> float:
    """Seconds that the command takes, start of Python included."""
    began = time.perf_counter()
    words = [sys.executable, "-m", "django", *command]
    done = subprocess.run(
        words, cwd=project, env=environment(env), capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return time.perf_counter() - began


def empty(server: Postgres, tenants: int) -> None:
    """Makes all databases and schemas anew."""
    for number in range(tenants):
        execute(server, "postgres", f"drop database if exists bench_{number} with (force)")
        execute(server, "postgres", f"create database bench_{number}")
        execute(server, "peer", f"drop schema if exists bench_{number} cascade")
        execute(server, "peer", f"create schema bench_{number}")


def complete(server: Postgres, tenants: int) -> None:
    """Both have made the same tables."""
    count = "select count(*) from information_schema.tables where table_name like 'shop_thing%%'"
    assert execute(server, f"bench_{tenants - 1}", count) == 12
    in_schema = f"{count} and table_schema = 'bench_{tenants - 1}'"
    assert execute(server, "peer", in_schema) == 12


def execute(server: Postgres, database: str, statement: str) -> object:
    place = {"host": server.host, "port": server.port, "dbname": database}
    login = {"user": server.user, "password": server.password}
    with psycopg.connect(**place, **login, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def main() -> None:
    quick = short(__doc__)
    verdicts = Verdicts()
    with projects() as rendered:
        current(verdicts, rendered, (500, 20, 3) if quick else (1000, 100, 3))
        fresh(verdicts, rendered, *((16, 1) if quick else (40, 3)))
    verdicts.end()


if __name__ == "__main__":
    main()
