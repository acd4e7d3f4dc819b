"""A task of tenants and a task of all; with ReplicaRouter there is no tenant to work for."""

from typing import Any

from django.contrib.auth import get_user_model

from ..site import ROUTER
from .celery import app

if ROUTER == "tenant":
    from manydb.tenants.celery_tasks import TenantTask

    base: dict[str, Any] = {"base": TenantTask}
else:
    base = {}


@app.task(**base)
def double(number: int) -> int:
    return 2 * number


@app.task(**base)
def total(numbers: list[int]) -> int:
    return sum(numbers)


@app.task(**base)
def fail() -> None:
    raise ValueError("on purpose")


@app.task
def users() -> int:
    return get_user_model().objects.count()
