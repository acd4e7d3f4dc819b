"""Which databases a piece of code uses."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connections

from manydb.core.exceptions import ReadOnlyDatabase, WrongTenant
from manydb.core.routing import primaries
from manydb.core.statements import only_reads


@contextmanager
def aliases_used(*, reads_only: bool = False) -> Iterator[list[str]]:
    """Notes the alias of each statement inside that reaches a database, in order, without beginnings and ends of transactions."""
    aliases: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        is_of_transaction = str(sql).startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK"))
        is_noted = not is_of_transaction and (only_reads(sql) or not reads_only)
        place = len(aliases)
        if is_noted:
            aliases.append(context["connection"].alias)
        try:
            return execute(sql, params, many, context)
        except (ReadOnlyDatabase, WrongTenant):  # it was refused before it got there
            if is_noted:
                del aliases[place]
            raise

    with ExitStack() as wrapped:
        for alias in primaries():  # what their replicas run passes through them
            wrapped.enter_context(connections[alias].execute_wrapper(note))
        yield aliases


@contextmanager
def assert_reads_from(*expected: str) -> Iterator[None]:
    """Fails unless something was read inside, from these aliases, each of them, and from no other."""
    with aliases_used(reads_only=True) as aliases:
        yield
    if set(aliases) != set(expected):
        found = ", ".join(sorted(set(aliases))) or "no alias at all"
        raise AssertionError(f"Read from {found} instead of {', '.join(expected)}.")
