"""Connections past the pooler, for migrations and for jobs that a pooler in transaction mode breaks."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core import deadlines
from manydb.core.routing import facts


@contextmanager
def past_the_pooler(alias: str) -> Iterator[BaseDatabaseWrapper]:
    """Makes ``connections[alias]`` of this thread talk to the server itself, without a second alias.

    A statement may then take as long as it needs. Nothing changes where the alias has neither ``DIRECT`` settings nor
    deadlines.
    """
    pooled = connections[alias]
    connection = direct(pooled)
    if connection is pooled:
        yield pooled
        return
    connections[alias] = connection
    try:
        yield connection
    finally:
        connection.close()
        connections[alias] = pooled


def direct(pooled: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    """A connection to the same database past its pooler, not opened; itself where there is none."""
    past = pooled.settings_dict.get("DIRECT") or deadlines.lifted(pooled.settings_dict)
    if not past:
        return pooled
    return type(pooled)({**pooled.settings_dict, **past, "DIRECT": None}, pooled.alias)


@contextmanager
def passing(alias: str) -> Iterator[BaseDatabaseWrapper]:
    """``past_the_pooler``, and afterwards this thread has no connection of a tenant, as before.

    For jobs that go through many databases: each connection object that stays is 3 kB and another
    alias for Django to walk. One that was open before stays open.
    """
    was_open = connections[alias].connection is not None
    try:
        with past_the_pooler(alias) as connection:
            yield connection
    finally:
        if not was_open:
            connections[alias].close()
            if facts(alias).get("TENANT"):
                del connections[alias]
