"""Connections past the pooler, for migrations and for jobs that a pooler in transaction mode breaks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.core import deadlines
from manydb.core.routing import facts

Account = Callable[[dict[str, Any]], dict[str, Any]]  # gives an entry another login


def _as_it_is(entry: dict[str, Any]) -> dict[str, Any]:
    return entry


@contextmanager
def past_the_pooler(alias: str, account: Account = _as_it_is) -> Iterator[BaseDatabaseWrapper]:
    """Makes ``connections[alias]`` of this thread talk to the server itself, without a second alias.

    A statement may then take as long as it needs. Nothing changes where the alias has neither ``DIRECT`` settings nor
    deadlines, and where ``account`` gives it no other login.
    """
    pooled = connections[alias]
    connection = direct(pooled, account)
    if connection is pooled:
        yield pooled
        return
    connections[alias] = connection
    try:
        yield connection
    finally:
        connection.close()
        connections[alias] = pooled


def direct(pooled: BaseDatabaseWrapper, account: Account = _as_it_is) -> BaseDatabaseWrapper:
    """A connection to the same database past its pooler, not opened; itself where nothing would differ."""
    settings = account(direct_entry(pooled.settings_dict))
    if settings == pooled.settings_dict:
        return pooled
    return type(pooled)(settings, pooled.alias)


def direct_entry(entry: dict[str, Any]) -> dict[str, Any]:
    """The entry with what leads past its pooler, and no deadlines; itself where it has neither."""
    past = entry.get("DIRECT") or deadlines.lifted(entry)
    return {**entry, **past, "DIRECT": None} if past else entry


@contextmanager
def passing(alias: str, account: Account = _as_it_is) -> Iterator[BaseDatabaseWrapper]:
    """``past_the_pooler``, and afterwards this thread has no connection of a tenant, as before.

    For jobs that go through many databases: each connection object that stays is 3 kB and another
    alias for Django to walk. One that was open before stays open.
    """
    was_open = connections[alias].connection is not None
    try:
        with past_the_pooler(alias, account) as connection:
            yield connection
    finally:
        if not was_open:
            connections[alias].close()
            if facts(alias).get("TENANT"):
                del connections[alias]
