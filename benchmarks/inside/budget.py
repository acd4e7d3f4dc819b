"""Serves requests of many tenants in threads: ``budget.py SECONDS LIMIT MAX_AGE roundrobin|zipf SEED``.

First each tenant has two requests' time, until the connections that may be open are.
"""

import itertools
import json
import random
import sys
import threading
import time

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402
from manydb.tenants.catalog import find  # noqa: E402
from manydb.tenants.models import Tenant  # noqa: E402

from benchmarks.inside.requests import one_query  # noqa: E402

SECONDS, LIMIT, MAX_AGE = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
TRAFFIC, SEED = sys.argv[4], sys.argv[5]
THREADS = 8
WATCHED = "select count(*) from pg_stat_activity where datname like 'bench\\_%%'"

NAMES = list(Tenant.objects.values_list("name", flat=True))
settings.TENANT_CONNECTIONS = LIMIT
settings.TENANT_SERVERS = {f"s{number}": {"CONN_MAX_AGE": MAX_AGE} for number in range(100)}

for name in NAMES:
    find(name)


def round_robin():
    return itertools.cycle(NAMES)


def zipf():
    """The tenant of rank r has a share of 1/r of the requests, as sites and customers tend to have."""
    chance = random.Random(SEED)
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(NAMES) + 1)))
    return iter(lambda: chance.choices(NAMES, cum_weights=weights)[0], None)


lock = threading.Lock()
traffic = {"roundrobin": round_robin, "zipf": zipf}[TRAFFIC]()
served = [0] * THREADS
errors = []
stop = threading.Event()


def serve(thread: int) -> None:
    while not stop.is_set():
        with lock:
            name = next(traffic)
        try:
            one_query(name)
            served[thread] += 1
        except Exception as error:
            errors.append(repr(error))


def watch(counts: list[int]) -> None:
    connection = connections.create_connection("default")
    while not stop.wait(0.5):  # the server takes longer to answer the more are open
        with connection.cursor() as cursor:
            cursor.execute(WATCHED)
            counts.append(cursor.fetchone()[0])
    connection.close()


counts: list[int] = []
threads = [threading.Thread(target=serve, args=(number,)) for number in range(THREADS)]
threads.append(threading.Thread(target=watch, args=(counts,)))
for thread in threads:
    thread.start()
while sum(served) + len(errors) < 2 * len(NAMES):
    time.sleep(0.05)
before, began = sum(served), time.perf_counter()
time.sleep(SECONDS)
rate = (sum(served) - before) / (time.perf_counter() - began)
stop.set()
for thread in threads:
    thread.join()
print(json.dumps({"rate": rate, "most": max(counts), "errors": errors[:3], "failed": len(errors)}))
