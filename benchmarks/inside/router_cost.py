"""Nanoseconds of ``db_for_read``: ``router_cost.py ROUNDS``. By model and place: attribute, ours, the difference."""

import json
import sys
import time
from contextlib import ExitStack, nullcontext
from statistics import median
from typing import Any

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db.utils import ConnectionRouter  # noqa: E402
from manydb.replicas.reads import Reads, reading  # noqa: E402

CALLS = 2000


class ClassAttribute:
    def db_for_read(self, model: Any, **hints: Any) -> Any:
        return getattr(model, "_DATABASE", None)


def nanoseconds(router: ConnectionRouter, model: Any) -> float:
    ask = router.db_for_read
    started = time.thread_time_ns()
    for _ in range(CALLS):
        ask(model)
    return (time.thread_time_ns() - started) / CALLS


def cost(model: Any, rounds: int) -> tuple[float, float, float]:
    plain, ours = (
        ConnectionRouter([ClassAttribute()]),
        ConnectionRouter(settings.DATABASE_ROUTERS),
    )
    pairs = [(nanoseconds(plain, model), nanoseconds(ours, model)) for _ in range(rounds)]
    return (
        median(p for p, _ in pairs),
        median(o for _, o in pairs),
        median(o - p for p, o in pairs),
    )


def main(rounds: int) -> None:
    names, costs = ["accounts.Account"], {}
    with ExitStack() as stack:
        if apps.is_installed("manydb.tenants"):
            from manydb.tenants.context import tenant_context

            names.append("conferences.Conference")
            stack.enter_context(tenant_context("acme"))
        for place, context in (("in a request", reading(Reads())), ("elsewhere", nullcontext())):
            with context:
                for name in names:
                    costs[f"{name} {place}"] = cost(apps.get_model(name), rounds)
    print(json.dumps(costs))


if __name__ == "__main__":
    main(int(sys.argv[1]))
