"""A worker process that serves tenants at random, one query a request: ``worker.py SECONDS HANDLER [LIMIT]``.

It serves each tenant once, says ``ready``, and begins when it reads a line. LIMIT is TENANT_CONNECTIONS. With
the HANDLER ``django`` the tenants are in DATABASES and the connections Django's own, one per thread and alias.
"""

import json
import random
import sys
import time

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402
from manydb.tenants.models import Tenant  # noqa: E402

from benchmarks.inside.django_connections import use_djangos_connections  # noqa: E402
from benchmarks.inside.requests import one_query  # noqa: E402

SECONDS, HANDLER = float(sys.argv[1]), sys.argv[2]
NAMES = list(Tenant.objects.values_list("name", flat=True))
connections["default"].close()
settings.TENANT_CONNECTIONS = int(sys.argv[3]) if len(sys.argv) > 3 else None
if HANDLER == "django":
    aliases = [f"{name.upper()}{replica}" for name in NAMES for replica in ("", "_RO")]
    every = {alias: connections.settings[alias] for alias in [*connections, *aliases]}
    use_djangos_connections(every)
for name in NAMES:
    one_query(name)
print("ready", flush=True)
input()
served, end = 0, time.perf_counter() + SECONDS
while time.perf_counter() < end:
    one_query(random.choice(NAMES))
    served += 1
print(json.dumps({"rate": served / SECONDS}))
