"""A worker process that serves tenants at random, one query a request: ``worker.py SECONDS ours|django``.

It serves each tenant once, says ``ready``, and begins when it reads a line. With ``django`` the
tenants are in DATABASES and the connections Django's own: persistent, one per thread and alias.
"""

import json
import random
import sys
import time

import django

django.setup()

from django.core.signals import request_finished, request_started  # noqa: E402
from django.db import connections  # noqa: E402
from django.db.utils import ConnectionHandler  # noqa: E402

from benchmarks.inside import project  # noqa: E402

tenant_context = project("tenants.context").tenant_context
NAMES = list(project("tenants.models").Tenant.objects.values_list("name", flat=True))
connections["default"].close()
if sys.argv[2] == "django":
    aliases = [f"{name.upper()}{replica}" for name in NAMES for replica in ("", "_RO")]
    every = {alias: connections.settings[alias] for alias in [*connections, *aliases]}
    connections.__class__, connections.settings = ConnectionHandler, every


def serve(name: str) -> None:
    request_started.send(None)
    with tenant_context(name), connections[name.upper()].cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    request_finished.send(None)


for name in NAMES:
    serve(name)
print("ready", flush=True)
input()
served, end = 0, time.perf_counter() + float(sys.argv[1])
while time.perf_counter() < end:
    serve(random.choice(NAMES))
    served += 1
print(json.dumps({"rate": served / float(sys.argv[1])}))
