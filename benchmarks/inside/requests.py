"""A request of a tenant, as far as its connections are concerned. To be imported after ``django.setup()``."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.signals import request_finished, request_started
from django.db import connections
from manydb.tenants.context import tenant_context

import benchmarks.inside.shared_databases  # noqa: F401


@contextmanager
def request(name: str) -> Iterator[None]:
    """What Django does before and after a view, and the tenant's middleware around it."""
    request_started.send(None)
    try:
        with tenant_context(name):
            yield
    finally:
        request_finished.send(None)


def one_query(name: str) -> None:
    with request(name), connections[name.upper()].cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
