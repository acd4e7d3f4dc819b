"""Connections past the pooler, for migrations and for jobs that a pooler in transaction mode breaks."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def past_the_pooler(alias: str) -> Iterator[BaseDatabaseWrapper]:
    """Makes ``connections[alias]`` of this thread talk to the server itself, without a second alias.

    Nothing changes where the alias has no ``DIRECT`` settings, that is, where there is no pooler.
    """
    pooled = connections[alias]
    direct = pooled.settings_dict.get("DIRECT")
    if not direct:
        yield pooled
        return
    connection = type(pooled)({**pooled.settings_dict, **direct, "DIRECT": None}, alias)
    connections[alias] = connection
    try:
        yield connection
    finally:
        connection.close()
        connections[alias] = pooled
