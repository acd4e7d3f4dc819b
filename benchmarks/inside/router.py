"""Nanoseconds per call of routers: ``router.py REPEATS TENANT``. bulk_create and prefetch_related call once or twice a row."""

import json
import sys
import timeit

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import router  # noqa: E402
from manydb.replicas import reads  # noqa: E402
from manydb.tenants.context import tenant_context  # noqa: E402

from benchmarks.inside import project  # noqa: E402

Registration = project("conferences.models").Registration

settings.REPLICA_DATABASES = ["default_RO"]
from multidb import PinningReplicaRouter  # noqa: E402

# So few that most repeats are over before the system gives the processor to somebody else.
calls, repeats = 2000, int(sys.argv[1])
ours, theirs = router.routers[0], PinningReplicaRouter()
instance = Registration()


def nanoseconds(function) -> float:
    return min(timeit.repeat(function, number=calls, repeat=repeats)) / calls * 1e9


times = {"getattr": nanoseconds(lambda: getattr(Registration, "_DATABASE", None))}
with tenant_context(sys.argv[2]), reads.reading(reads.Reads("a client")):  # as in a request
    instance._state.db = router.db_for_write(Registration)
    for name, hints in {
        "read": {},
        "write": {},
        "read of an object": {"instance": instance},
    }.items():
        method = f"db_for_{name.partition(' ')[0]}"
        for who, chosen in {"ours": ours, "theirs": theirs}.items():
            call = getattr(chosen, method)
            times[f"{who}, {name}"] = nanoseconds(lambda: call(Registration, **hints))  # noqa: B023
print(json.dumps(times))
