"""A PgBouncer that runs deploy/pgbouncer/pgbouncer.ini, and its clients."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg

from ..deployed import PASSWORD, ComposePostgres, DeployedPgBouncer
from ..lone_django import connection_to


@contextmanager
def running(server: ComposePostgres, program: Path, **edits: str) -> Iterator[DeployedPgBouncer]:
    name = f"b{time.monotonic_ns() % 10**9}"  # each has a folder of its own
    with DeployedPgBouncer(server.base, server, server.deploy, name, program, **edits) as pooler:
        yield pooler


@contextmanager
def plain_client(pooler: DeployedPgBouncer, name: str = "shop") -> Iterator[psycopg.Connection]:
    """A client that knows nothing of the pooler."""
    place = {"host": pooler.host, "port": pooler.port, "dbname": name, "user": "app"}
    with psycopg.connect(**place, password=PASSWORD, autocommit=True) as client:
        client.prepare_threshold = None
        yield client


def through(
    pooler: DeployedPgBouncer, preset: ModuleType, name: str = "shop", **changes: Any
) -> dict[str, Any]:
    """DATABASES with the preset's settings, changed here and there; ``OPTIONS`` are added."""
    settings = preset.pooled(tls=False)
    settings["OPTIONS"] |= changes.pop("OPTIONS", {})
    return connection_to(pooler, name, **settings | changes)
