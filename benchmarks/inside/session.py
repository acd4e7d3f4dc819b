"""Requests of a tenant with one query, in turns: ``session.py ROUNDS`` prints µs of CPU, and of time, as JSON."""

import json
import sys
import time

import django

django.setup()

from django.db import connections  # noqa: E402

from benchmarks.inside.requests import request  # noqa: E402

REQUESTS = 50
CHANGES = {"postgresql": "SET search_path TO public", "mysql": "SET @a = 1"}


def one(sql: str) -> None:
    with request("acme"), connections["ACME"].cursor() as cursor:
        cursor.execute(sql)


def measured(sql: str) -> tuple[float, float]:
    cpu, began = time.process_time(), time.perf_counter()
    for _ in range(REQUESTS):
        one(sql)
    return time.process_time() - cpu, time.perf_counter() - began


def looked(sql: str) -> float:
    """The checks of one statement, that of other tenants included: beside the rest of a request it is less than what that varies by."""
    cursors, cpu = connections["ACME"].driver_cursors, time.process_time()
    for _ in range(REQUESTS):
        cursors.check(sql)
    return time.process_time() - cpu


one("SELECT 1")
found: dict[str, float] = {}


def least(name: str, seconds: float) -> None:
    found[name] = min(found.get(name, 1e9), seconds / REQUESTS * 1e6)


for _ in range(int(sys.argv[1])):
    cpu, took = measured("SELECT 1")
    least("kept", cpu)
    least("kept, time", took)
    least("look", looked("SELECT 1"))
    least("changed", measured(CHANGES[connections["ACME"].vendor])[1])
print(json.dumps(found))
