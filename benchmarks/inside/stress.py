"""Threads register, use and evict tenants at once: ``stress.py SECONDS LIMIT DATABASES``.

Every kind of use checks that it stayed on its own tenant's database and, where it has to, on one and the
same server connection.
"""

import json
import random
import sys
import threading
import time

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections, transaction  # noqa: E402
from manydb.tenants.budget import budget  # noqa: E402
from manydb.tenants.models import Tenant  # noqa: E402

from benchmarks.inside.requests import request  # noqa: E402

SECONDS, LIMIT, DATABASES = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
settings.TENANT_CONNECTIONS = LIMIT
settings.TENANT_CONNECTIONS_WAIT = 60
settings.TENANT_SERVERS = {f"s{number}": {"CONN_MAX_AGE": 60} for number in range(10_000)}
POSTGRES = connections["default"].vendor == "postgresql"
WHO = (
    "SELECT current_database(), pg_backend_pid()"
    if POSTGRES
    else "SELECT database(), connection_id()"
)

names = list(Tenant.objects.values_list("name", "database"))
errors: list[str] = []
done = dict.fromkeys(("query", "transaction", "stream", "registered", "evicted", "walked"), 0)
most: list[int] = []
stop = threading.Event()


def who(alias: str) -> tuple[str, int]:
    with connections[alias].cursor() as cursor:
        cursor.execute(WHO)
        return cursor.fetchone()


def query(alias: str, database: str) -> None:
    assert who(alias)[0] == database


def in_transaction(alias: str, database: str) -> None:
    with transaction.atomic(alias):
        first = who(alias)
        with transaction.atomic(alias):
            time.sleep(random.random() / 200)
            assert who(alias) == first and first[0] == database


def stream(alias: str, database: str) -> None:
    rows = "generate_series(1, 50)" if POSTGRES else "seq_1_to_50"
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT * FROM {rows}")
        assert len([time.sleep(0.0001) for _ in iter(cursor.fetchone, None)]) == 50


def serve() -> None:
    work = {"query": query, "transaction": in_transaction, "stream": stream}
    while not stop.is_set():
        name, database = random.choice(names)
        kind = random.choice(list(work))
        with request(name):
            work[kind](name.upper(), database)
        done[kind] += 1


def register() -> None:
    number = 0
    while not stop.is_set():
        number += 1
        name, database = f"new_{number}", f"bench_{number % DATABASES}"
        place = {"server": f"s{1000 + number}", "database": database}
        Tenant.objects.create(name=name, state="ready", **place)
        names.append((name, database))
        done["registered"] += 1
        time.sleep(0.01)


def evict() -> None:
    while not stop.is_set():
        if (close := budget.take_idle()) is not None:
            close()
            done["evicted"] += 1
        time.sleep(0.005)


def walk() -> None:
    while not stop.is_set():
        assert "default" in list(connections) and dict(settings.DATABASES.items())
        most.append(len(budget))
        done["walked"] += 1
        time.sleep(0.0005)


def guarded(work):
    def run() -> None:
        while not stop.is_set():
            try:
                work()
            except Exception as error:
                errors.append(f"{work.__name__}: {error!r}")

    return run


threads = [threading.Thread(target=guarded(work)) for work in [serve] * 5 + [register, evict, walk]]
for thread in threads:
    thread.start()
time.sleep(SECONDS)
stop.set()
for thread in threads:
    thread.join()
print(json.dumps({"done": done, "most": max(most), "failed": len(errors), "errors": errors[:3]}))
