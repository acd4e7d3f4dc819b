"""Looks at tenants that are up to date: ``fleet_current.py TENANTS DATABASES ROUNDS JOBS…``.

Measures ``migrate_databases`` and its floor, which is one connection of the driver and one SELECT for
each of the same databases, by the same number of threads, in turns in one process.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from statistics import median

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

import benchmarks.inside.shared_databases  # noqa: E402,F401

TENANTS, DATABASES, ROUNDS = map(int, sys.argv[1:4])
settings.TENANT_SERVERS = {f"s{number}": {} for number in range(TENANTS // DATABASES)}
default = connections["default"]
NAME = {"postgresql": "dbname", "mysql": "database"}[default.vendor]
PARAMS = default.get_connection_params()


def floor(number: int) -> None:
    connection = default.Database.connect(**PARAMS | {NAME: f"bench_{number % DATABASES}"})
    cursor = connection.cursor()
    cursor.execute("SELECT app, name FROM django_migrations")
    assert len(cursor.fetchall()) > 20
    cursor.close()
    connection.close()


def floors(jobs: int) -> None:
    if jobs == 1:
        for number in range(TENANTS):
            floor(number)
        return
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(floor, range(TENANTS)))


def ours(jobs: int) -> None:
    out = StringIO()
    call_command("migrate_databases", jobs=jobs, stdout=out)
    assert out.getvalue().endswith(f"In all: {TENANTS + 2} current.\n"), out.getvalue()[-200:]


def seconds(run, jobs: int) -> float:
    began = time.perf_counter()
    run(jobs)
    return time.perf_counter() - began


call_command(
    "migrate_databases", stdout=StringIO()
)  # makes them current, and says so in the catalog
call_command("migrate_databases", stdout=StringIO())
results = {}
for jobs in map(int, sys.argv[4:]):
    pairs = []
    for turn in range(ROUNDS):
        runs = (floors, ours) if turn % 2 else (ours, floors)
        times = {run: seconds(run, jobs) for run in runs}
        pairs.append((times[ours] / times[floors], times[ours], times[floors]))
    ratio, mine, least = (median(column) for column in zip(*pairs, strict=True))
    results[jobs] = {"ratio": ratio, "ours": mine / TENANTS, "floor": least / TENANTS}
print(json.dumps(results))
